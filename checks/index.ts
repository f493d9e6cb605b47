/** npm run score: kube-score's judgement of what each stack would apply. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { parse, parseAllDocuments, stringify } from "yaml";

import { main } from "../command/main";
import { output } from "../command/process";
import { ROOT } from "../command/project";
import { KubernetesObject } from "../manifests/render";
import { Accepted, asKnown, criticalFindings, Finding, judge, Scores } from "./kubeScore";

const USAGE = "usage: npm run score";
const HELP = `${USAGE}

Lets kube-score judge the rendered manifests of every Pulumi.<stack>.yaml. No critical finding may be left but those that
checks/accepted.yaml lists with reasons, and it lists none that is gone. KUBE_SCORE is the program (default: kube-score, from the PATH).

Exit code: 0 nothing is left, 1 something is, 2 could not be judged.`;

const ACCEPTED = path.join(__dirname, "accepted.yaml");

/** kube-score ends with 1 when it has found something, so that it is asked to judge and not to fail. */
const SCORE = ["score", "--output-format", "json", "--output-version", "v2", "-"];

const stacks = (): string[] => readdirSync(ROOT).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);

async function findingsOf(stack: string): Promise<Finding[]> {
  const rendered = await output("npm", ["run", "-s", "--prefix", ROOT, "manifests", "--", "--stack", stack]);
  const objects = parseAllDocuments(rendered).map((document) => asKnown(document.toJS() as KubernetesObject));
  const judged = await output(
    "sh",
    ["-c", '"$@" || [ $? = 1 ]', "sh", process.env["KUBE_SCORE"] ?? "kube-score", ...SCORE],
    objects.map((object) => stringify(object)).join("---\n"),
  );
  return criticalFindings(JSON.parse(judged) as Scores);
}

async function score(): Promise<number> {
  const accepted = parse(readFileSync(ACCEPTED, "utf8")) as Accepted[];
  const findings = (await Promise.all(stacks().map(findingsOf))).flat();
  const problems = [...new Set(judge(findings, accepted))];
  for (const problem of problems) {
    console.error(problem);
  }
  return problems.length === 0 ? 0 : 1;
}

main({
  usage: USAGE,
  help: HELP,
  parse: (args: readonly string[]) => {
    if (args.length > 0 && args[0] !== "--help") {
      throw new Error(`"${args.join(" ")}" is not an option`);
    }
    return args.length > 0 ? undefined : {};
  },
  run: score,
  codes: { refused: 2, failed: 2 },
  failure: "could not be judged: ",
});

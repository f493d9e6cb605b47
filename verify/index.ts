/** npm run verify: compares the masters of a stack with their slaves, and only reads. */
import { main } from "../command/main";
import { stackTarget } from "../command/target";
import { Cluster } from "./cluster";
import { HELP, Options, parseOptions, USAGE } from "./options";
import { print } from "./print";
import { EXIT_CODES, Report, verdictOf } from "./report";
import { readSections } from "./section";

/** Prints the report; the exit code. */
async function verify({ of, wait, json }: Options): Promise<number> {
  const target = typeof of === "string" ? await stackTarget(of) : of;
  const cluster = new Cluster(target);
  const sections = await readSections(cluster, wait);
  const report: Report = {
    context: target.context,
    namespace: target.namespace,
    verdict: verdictOf(sections),
    sections,
  };
  console.log(
    json
      ? JSON.stringify(report, undefined, 2)
      : print(report, (pod) => cluster.command("logs", pod), cluster.command("get", "pods")),
  );
  return EXIT_CODES[report.verdict];
}

main({
  usage: USAGE,
  help: HELP,
  parse: parseOptions,
  run: verify,
  codes: { refused: EXIT_CODES.unknown, failed: EXIT_CODES.unknown },
  failure: "could not be compared: ",
});

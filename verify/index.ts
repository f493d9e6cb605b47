/** npm run verify: compares the masters of a stack with their slaves, and only reads. */
import { Cluster } from "./cluster";
import { print } from "./print";
import { EXIT_CODES, Report, verdictOf } from "./report";
import { readSections } from "./section";
import { HELP, Options, parseOptions, stackTarget, USAGE } from "./target";

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

async function main(): Promise<number> {
  let options: Options | undefined;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return EXIT_CODES.unknown;
  }
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  try {
    return await verify(options);
  } catch (error) {
    console.error(`could not be compared: ${(error as Error).message}`);
    return EXIT_CODES.unknown;
  }
}

void main().then((code) => {
  process.exitCode = code;
});

/** npm run manifests: what a stack would apply, with no cluster at all. */
import { main } from "../command/main";
import { ROOT } from "../command/project";
import { readConfiguration } from "./configuration";
import { digestOf } from "./digest";
import { configure, record, registered } from "./engine";
import { writeFolder } from "./folder";
import { HELP, Options, parseOptions, USAGE } from "./options";
import { KubernetesObject, objectsOf, streamOf } from "./render";

/** Runs the very program, and takes down what it makes. */
async function objects({ stack, configFile }: Options): Promise<KubernetesObject[]> {
  const { project, values, secretKeys, absent } = readConfiguration(ROOT, configFile);
  if (absent.length > 0) {
    console.error(`Not in ${configFile}, so with stand-ins: ${absent.join(", ")}`);
  }
  const recorder = await record(project, stack, digestOf);
  configure(values, secretKeys);
  await import("../index");
  await registered();
  return objectsOf(recorder.registrations);
}

async function show(options: Options): Promise<number> {
  const rendered = await objects(options);
  if (options.out === undefined) {
    process.stdout.write(streamOf(rendered));
  } else {
    writeFolder(options.out, rendered);
    console.error(`${rendered.length} objects in ${options.out}`);
  }
  return 0;
}

main({
  usage: USAGE,
  help: HELP,
  parse: parseOptions,
  run: show,
  codes: { refused: 2, failed: 1 },
  failure: "could not be rendered: ",
});

/** npm run manifests: what a stack would apply, with no cluster at all. */
import path from "node:path";

import { readConfiguration } from "./configuration";
import { digestOf } from "./digest";
import { configure, record, registered } from "./engine";
import { writeFolder } from "./folder";
import { HELP, Options, parseOptions, USAGE } from "./options";
import { KubernetesObject, objectsOf, streamOf } from "./render";

const ROOT = path.join(__dirname, "..");

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

async function main(): Promise<number> {
  let options: Options | undefined;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return 2;
  }
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  try {
    const rendered = await objects(options);
    if (options.out === undefined) {
      process.stdout.write(streamOf(rendered));
    } else {
      writeFolder(options.out, rendered);
      console.error(`${rendered.length} objects in ${options.out}`);
    }
    return 0;
  } catch (error) {
    console.error(`could not be rendered: ${(error as Error).message}`);
    return 1;
  }
}

void main().then((code) => {
  process.exitCode = code;
});

/** Which servers a run is about: an explicit choice always, for the ambient current context is never a silent target. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { parse } from "yaml";

import { parseSettings, placeholderOf } from "../config";
import { output } from "./process";

/** Where the pods are. */
export interface Target {
  readonly context: string;
  readonly namespace: string;
  /** @default kubectl's own: $KUBECONFIG, else ~/.kube/config */
  readonly kubeconfig?: string | undefined;
}

export interface Options {
  /** Name of a Pulumi stack, or the place itself. */
  readonly of: string | Target;
  /** Seconds that a lagging slave has to catch up. */
  readonly wait: number;
  readonly json: boolean;
}

const ROOT = path.join(__dirname, "..");
const WAIT_SECONDS = 30;

export const USAGE =
  "usage: npm run verify -- (--stack STACK | --context CONTEXT --namespace NAMESPACE [--kubeconfig FILE]) [--wait SECONDS] [--json]";

export const HELP = `${USAGE}

Compares the MySQL and Redis master of a stack with its slaves. It only reads.

  --stack STACK          take context, kubeconfig and namespace from the configuration of this Pulumi stack
  --context CONTEXT      context of the kubeconfig
  --namespace NAMESPACE  namespace of the stack
  --kubeconfig FILE      path of the kubeconfig (default: $KUBECONFIG, else ~/.kube/config)
  --wait SECONDS         how long a lagging slave may take to catch up (default: ${WAIT_SECONDS})
  --json                 print the report as JSON

Exit code: 0 equal, 1 something differs, 2 could not be compared.`;

/**
 * Reads the command line.
 * @returns undefined when help is asked for
 * @throws Error with one line of what is wrong
 */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      stack: { type: "string" },
      context: { type: "string" },
      namespace: { type: "string" },
      kubeconfig: { type: "string" },
      wait: { type: "string", default: String(WAIT_SECONDS) },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const { stack, context, namespace, kubeconfig, wait, json, help } = values;
  if (help) {
    return undefined;
  }
  if (!/^[0-9]{1,4}$/.test(wait)) {
    throw new Error(`--wait takes whole seconds up to 9999, not "${wait}"`);
  }
  const options = { wait: Number(wait), json };
  if (stack !== undefined) {
    if (context !== undefined || namespace !== undefined || kubeconfig !== undefined) {
      throw new Error("--stack already says which context, namespace and kubeconfig");
    }
    return { ...options, of: stack };
  }
  if (context === undefined || namespace === undefined) {
    throw new Error("neither --stack nor both of --context and --namespace");
  }
  return { ...options, of: { context, namespace, kubeconfig } };
}

/** What `pulumi config --json` prints: a secret comes without its value. */
type StackConfig = Readonly<Record<string, { readonly value?: string; readonly secret: boolean }>>;

/**
 * The target that the program itself would deploy this configuration to.
 * @throws pulumi.RunError when the program would refuse it
 */
export function targetOf(project: string, stack: string, config: StackConfig): Target {
  const entries = Object.entries(config);
  const { context, namespace, kubeconfig } = parseSettings(
    project,
    stack,
    Object.fromEntries(entries.map(([key, { value = placeholderOf(key) }]) => [key, value])),
    entries.filter(([, { secret }]) => secret).map(([key]) => key),
  ).settings;
  return { context, namespace, kubeconfig };
}

/** The target of a Pulumi stack of this project. */
export async function stackTarget(stack: string): Promise<Target> {
  const { name } = parse(readFileSync(path.join(ROOT, "Pulumi.yaml"), "utf8")) as { name: string };
  const config = await output("pulumi", ["--non-interactive", "--cwd", ROOT, "config", "--json", "--stack", stack]);
  return targetOf(name, stack, JSON.parse(config) as StackConfig);
}

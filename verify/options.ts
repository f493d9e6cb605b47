/** Which servers are compared, and how. */
import { parseArgs } from "node:util";

import { Target } from "../command/target";

export interface Options {
  /** Name of a Pulumi stack, or the place itself. */
  readonly of: string | Target;
  /** Seconds that a lagging slave has to catch up. */
  readonly wait: number;
  readonly json: boolean;
}

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

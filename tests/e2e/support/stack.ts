import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { parse, stringify } from "yaml";

import { Finished, run, succeed } from "./run";

const STACK = "test";
export const NAMESPACE = "k8s-web-test";
export const NODE_PORT = 30090;
export const URL = `http://127.0.0.1:${NODE_PORT}`;

/** All that the test stack keeps on the node. */
export const dataRoot = path.join(tmpdir(), "k8s-web-test");
export const hostPaths = {
  mysqlImport: path.join(dataRoot, "mysql/mysql-master/database"),
  mysqlData: path.join(dataRoot, "mysql/mysql-master/data"),
  redisData: path.join(dataRoot, "redis/redis-master/data"),
  web: path.join(dataRoot, "web/web/dabaweb"),
};

type Changes = Readonly<Record<string, unknown>>;

/** The stack configuration of the environment, with the test's own names, ports and paths. */
const configFile = (changes: Changes): string => {
  const source = process.env["PULUMI_OPTION_CONFIG_FILE"];
  if (source === undefined) {
    throw new Error('no environment for the test: run `make test-e2e`, or first eval "$(make -s env)"');
  }
  const own = { namespace: NAMESPACE, nodePort: NODE_PORT, hostPaths, readyTimeout: 240, ...changes };
  const stack = parse(readFileSync(source, "utf8")) as { config: Record<string, unknown> };
  for (const [key, value] of Object.entries(own)) {
    stack.config[`k8s-web:${key}`] = value;
  }
  const file = path.join(dataRoot, `Pulumi.${STACK}.yaml`);
  writeFileSync(file, stringify(stack), { mode: 0o600 });
  return file;
};

/** Runs a command of Pulumi on the test stack, with changes to its settings. */
export const pulumi = (args: readonly string[], changes: Changes = {}, env: Record<string, string> = {}) =>
  run("pulumi", ["--non-interactive", ...args, "--stack", STACK], {
    env: { PULUMI_OPTION_CONFIG_FILE: configFile(changes), ...env },
  });

/** How many resources an update did what with, e.g. `{ same: 33 }`. */
export type ChangeSummary = Record<string, number>;

const mustSucceed = ({ code, output }: Finished): string => {
  if (code !== 0) {
    throw new Error(`pulumi exited with ${code}:\n${output}`);
  }
  return output;
};

/** `pulumi up`; throws with Pulumi's output when it fails. */
export const up = async (changes: Changes = {}): Promise<string> =>
  mustSucceed(await pulumi(["up", "--yes", "--skip-preview"], changes));

/** `pulumi preview`, as a count of what would be done. */
export async function preview(changes: Changes = {}): Promise<ChangeSummary> {
  const finished = await pulumi(["preview", "--json"], changes);
  mustSucceed(finished);
  return (JSON.parse(finished.stdout) as { changeSummary: ChangeSummary }).changeSummary;
}

export const destroy = async (): Promise<string> => mustSucceed(await pulumi(["destroy", "--yes", "--skip-preview"]));

/**
 * Makes the stack known to Pulumi, without any resource. It does so from a directory of its own: in the project's root,
 * Pulumi would write a Pulumi.test.yaml there.
 */
export async function init(): Promise<void> {
  mkdirSync(dataRoot, { mode: 0o700 });
  const { name } = parse(readFileSync("Pulumi.yaml", "utf8")) as { name: string };
  writeFileSync(path.join(dataRoot, "Pulumi.yaml"), stringify({ name, runtime: "nodejs" }));
  configFile({});
  await succeed("pulumi", ["--non-interactive", "stack", "init", STACK, "--no-select"], { cwd: dataRoot });
}

const exists = async (): Promise<boolean> => {
  const stacks = JSON.parse(await succeed("pulumi", ["stack", "ls", "--json"])) as { name: string }[];
  return stacks.some(({ name }) => name === STACK);
};

/** Removes the test stack without a trace; also one that a killed run left half-way. */
export async function remove(): Promise<void> {
  if (await exists()) {
    await run("pulumi", ["--non-interactive", "cancel", "--stack", STACK, "--yes"]);
    mustSucceed(await run("pulumi", ["--non-interactive", "destroy", "--stack", STACK, "--yes", "--skip-preview"]));
    await succeed("pulumi", ["--non-interactive", "stack", "rm", STACK, "--yes", "--preserve-config"]);
  }
  rmSync(dataRoot, { recursive: true, force: true });
}

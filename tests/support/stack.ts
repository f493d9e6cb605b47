import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { parse, stringify } from "yaml";

import { projectName } from "../../command/project";
import { Finished, killWhen, run, succeed } from "./run";
import { mountVolume, unmountVolume } from "./volume";

export interface TestStackArgs {
  /** Name of the stack, and the end of its namespace's name. */
  readonly name: string;
  /** Port on the node that the web answers on; two stacks can't share one. */
  readonly nodePort: number;
  /** Size of a file system of their own for the masters' data. @default none: a directory of the node */
  readonly dataMebibytes?: number;
  /** What differs from the configuration of the environment, for the whole life of the stack. @default nothing */
  readonly settings?: Changes;
}

export type Changes = Readonly<Record<string, unknown>>;

/** How many resources an update did what with, e.g. `{ same: 33 }`. */
export type ChangeSummary = Record<string, number>;

export type TestStack = ReturnType<typeof testStack>;

const mustSucceed = ({ code, output }: Finished): string => {
  if (code !== 0) {
    throw new Error(`pulumi exited with ${code}:\n${output}`);
  }
  return output;
};

/** A stack that tests bring up and remove, with a namespace, a port and directories of its own. */
export function testStack({ name, nodePort, dataMebibytes, settings = {} }: TestStackArgs) {
  const namespace = `k8s-web-${name}`;
  /** All that the stack keeps on the node. */
  const dataRoot = path.join(tmpdir(), namespace);
  const masters = path.join(dataRoot, "masters");
  const hostPaths = {
    mysqlImport: path.join(dataRoot, "mysql/mysql-master/database"),
    mysqlData: path.join(masters, "mysql/mysql-master/data"),
    redisData: path.join(masters, "redis/redis-master/data"),
    web: path.join(dataRoot, "web/web/dabaweb"),
  };

  /** The stack configuration of the environment, with the test's own names, ports and paths. */
  const configFile = (changes: Changes): string => {
    const source = process.env["PULUMI_OPTION_CONFIG_FILE"];
    if (source === undefined) {
      throw new Error('no environment for the test: run it with make, or first eval "$(make -s env)"');
    }
    const own = { namespace, nodePort, hostPaths, readyTimeout: 240, ...settings, ...changes };
    const stack = parse(readFileSync(source, "utf8")) as { config: Record<string, unknown> };
    for (const [key, value] of Object.entries(own)) {
      stack.config[`k8s-web:${key}`] = value;
    }
    const file = path.join(dataRoot, `Pulumi.${name}.yaml`);
    writeFileSync(file, stringify(stack), { mode: 0o600 });
    return file;
  };

  /** Runs a command of Pulumi on the stack, with changes to its settings. */
  const pulumi = (args: readonly string[], changes: Changes = {}, env: Record<string, string> = {}) =>
    run("pulumi", ["--non-interactive", ...args, "--stack", name], {
      env: { PULUMI_OPTION_CONFIG_FILE: configFile(changes), ...env },
    });

  /** `pulumi up`; throws with Pulumi's output when it fails. */
  const up = async (changes: Changes = {}): Promise<string> =>
    mustSucceed(await pulumi(["up", "--yes", "--skip-preview"], changes));

  /** `pulumi preview`, as a count of what would be done. */
  const preview = async (changes: Changes = {}): Promise<ChangeSummary> => {
    const finished = await pulumi(["preview", "--json"], changes);
    mustSucceed(finished);
    return (JSON.parse(finished.stdout) as { changeSummary: ChangeSummary }).changeSummary;
  };

  const destroy = async (): Promise<string> => mustSucceed(await pulumi(["destroy", "--yes", "--skip-preview"]));

  /** Starts a command of Pulumi and kills it, with all that it started, as soon as `due` no longer throws. */
  const killed = (seconds: number, args: readonly string[], due: () => Promise<void>, changes: Changes = {}) =>
    killWhen(
      "pulumi",
      ["--non-interactive", ...args, "--stack", name],
      { env: { PULUMI_OPTION_CONFIG_FILE: configFile(changes) } },
      seconds,
      due,
    );

  /** Takes up what a killed command left, as the README says. */
  const recover = (changes: Changes = {}): Promise<string> =>
    succeed("npm", ["run", "-s", "recover", "--", "--stack", name], {
      env: { PULUMI_OPTION_CONFIG_FILE: configFile(changes) },
    });

  /** Runs a command of package.json on the stack. */
  const npm = (command: string, args: readonly string[], changes: Changes = {}): Promise<Finished> =>
    run("npm", ["run", "-s", command, "--", "--stack", name, ...args], {
      env: { PULUMI_OPTION_CONFIG_FILE: configFile(changes) },
    });

  /** A setting's value; throws when there is none. The caller keeps secrets to itself. */
  const setting = async (key: string): Promise<string> => {
    const { code, stdout } = await pulumi(["config", "get", key]);
    if (code !== 0) {
      throw new Error(`the stack's configuration has no ${key}`);
    }
    return stdout.trim();
  };

  /** A value for a secret setting, encrypted as the stack's file has it. */
  const encrypted = async (value: string): Promise<object> => {
    const file = configFile({});
    const args = ["--non-interactive", "config", "set", "--secret", "encrypted", "--stack", name];
    await succeed("pulumi", args, { env: { PULUMI_OPTION_CONFIG_FILE: file }, input: value });
    const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, object> };
    return config["k8s-web:encrypted"] ?? {};
  };

  /**
   * Makes the stack known to Pulumi, without any resource. It does so from a directory of its own: in the project's
   * root, Pulumi would write a configuration file there.
   */
  const init = async (): Promise<void> => {
    mkdirSync(dataRoot, { mode: 0o700 });
    if (dataMebibytes !== undefined) {
      await mountVolume(masters, dataMebibytes);
    }
    writeFileSync(path.join(dataRoot, "Pulumi.yaml"), stringify({ name: projectName(), runtime: "nodejs" }));
    configFile({});
    await succeed("pulumi", ["--non-interactive", "stack", "init", name, "--no-select"], { cwd: dataRoot });
  };

  const exists = async (): Promise<boolean> => {
    const stacks = JSON.parse(await succeed("pulumi", ["stack", "ls", "--json"])) as { name: string }[];
    return stacks.some((stack) => stack.name === name);
  };

  /** Removes the stack without a trace; also one that a killed run left half-way. */
  const remove = async (): Promise<void> => {
    if (await exists()) {
      await run("pulumi", ["--non-interactive", "cancel", "--stack", name, "--yes"]);
      mustSucceed(await run("pulumi", ["--non-interactive", "destroy", "--stack", name, "--yes", "--skip-preview"]));
      await succeed("pulumi", ["--non-interactive", "stack", "rm", name, "--yes", "--preserve-config"]);
    }
    if (dataMebibytes !== undefined) {
      await unmountVolume(masters);
    }
    rmSync(dataRoot, { recursive: true, force: true });
  };

  return {
    namespace,
    nodePort,
    url: `http://127.0.0.1:${nodePort}`,
    dataRoot,
    hostPaths,
    pulumi,
    up,
    preview,
    destroy,
    killed,
    recover,
    npm,
    setting,
    encrypted,
    init,
    remove,
  };
}

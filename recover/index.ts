/** npm run recover: settles what a killed run of Pulumi left half-way, so that the next one can go on. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import { parse } from "yaml";

import { output } from "../verify/process";
import { heldOf, locksOf } from "./lock";
import { decide, Decision, idOf, KubernetesObject, Pending, pendingCreates, State } from "./pending";

const ROOT = path.join(__dirname, "..");
/** A refresh asks the cluster for each object; more than this, in seconds, is a cluster that does not answer. */
const REFRESH_SECONDS = 600;

const USAGE = "usage: npm run recover -- --stack STACK";
const HELP = `${USAGE}

After \`pulumi up\` or \`pulumi destroy\` was killed: removes the lock of the process that is no more, and the objects that it had begun
to make and that the stack does not know, so that the next run makes each of them once. Namespaces and claims are left alone, and so is
what Pulumi has not made. Without anything to settle it changes nothing.`;

const pulumi = (stack: string, args: readonly string[], seconds?: number): Promise<string> =>
  output("pulumi", ["--non-interactive", "--cwd", ROOT, ...args, "--stack", stack], "", seconds);

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
};

/** Removes the locks of a stack; throws when one may still be held. */
async function unlock(stack: string): Promise<void> {
  const { name } = parse(readFileSync(path.join(ROOT, "Pulumi.yaml"), "utf8")) as { name: string };
  const whoami = await output("pulumi", ["--non-interactive", "whoami", "--verbose", "--json"]);
  const locks = locksOf((JSON.parse(whoami) as { url: string }).url, name, stack);
  const [held] = heldOf(locks, hostname(), lives);
  if (held !== undefined) {
    const { pid, username, timestamp } = held;
    throw new Error(
      `stack ${stack} is locked by process ${pid} of ${username} on ${held.hostname}, since ${timestamp}, which may still be at work. ` +
        `Next: wait for it, or, when it is no more: pulumi cancel --stack ${stack}`,
    );
  }
  if (locks.length > 0) {
    await pulumi(stack, ["cancel", "--yes"]);
    console.log(`The lock of process ${locks[0]?.pid}, which is no more, is removed.`);
  }
}

/** Does something with an object in its own cluster. */
const kubectl = (
  { context, kubeconfig, namespace, qualified, name }: KubernetesObject,
  verb: string,
  ...options: string[]
) =>
  output("kubectl", [
    ...(kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig]),
    ...(context === undefined ? [] : ["--context", context]),
    ...(namespace === undefined ? [] : ["--namespace", namespace]),
    ...[verb, qualified, name, "--ignore-not-found", ...options],
  ]);

/** Who has written to an object; undefined when it isn't there. */
async function managersOf(object: KubernetesObject): Promise<string[] | undefined> {
  const found = await kubectl(object, "get", "--show-managed-fields", "-o", "json");
  if (found.trim() === "") {
    return undefined;
  }
  const { metadata } = JSON.parse(found) as { metadata: { managedFields?: { manager?: string }[] } };
  return (metadata.managedFields ?? []).map(({ manager = "" }) => manager);
}

const OUTCOME: Readonly<Record<Exclude<Decision, "refuse">, string>> = {
  "make anew": "is not there; will be made",
  remove: "is there; removed, and will be made anew",
  leave:
    "is there, and may hold data; left alone. Should the next run say that it already exists, delete it if it is empty",
};

/** Settles what was being made. All is looked at before anything is changed. */
async function settle(stack: string, pending: readonly Pending[]): Promise<void> {
  const settled: [what: string, object: KubernetesObject | undefined, Exclude<Decision, "refuse">][] = [];
  for (const { urn, type, object } of pending) {
    const what = object === undefined ? urn.replace(/^.*::/, `${type} `) : `${object.kind} ${idOf(object)}`;
    const decision = object === undefined ? "make anew" : decide(object.kind, await managersOf(object));
    if (decision === "refuse") {
      throw new Error(
        `${what} is in the cluster, but Pulumi has not made it, and stack ${stack} was about to. Nothing was changed. ` +
          "Next: find out whose it is; delete or rename it, or give the stack another namespace",
      );
    }
    settled.push([what, object, decision]);
  }
  for (const [what, object, decision] of settled) {
    console.log(`  ${what}: ${OUTCOME[decision]}`);
    if (object !== undefined && decision === "remove") {
      await kubectl(object, "delete", "--wait");
    }
  }
}

async function recover(stack: string): Promise<void> {
  await unlock(stack);
  const pending = pendingCreates(JSON.parse(await pulumi(stack, ["stack", "export"])) as State);
  if (pending.length === 0) {
    return;
  }
  console.log(`A run of Pulumi on stack ${stack} was cut off while it made:`);
  await settle(stack, pending);
  await pulumi(stack, ["refresh", "--yes", "--skip-preview", "--clear-pending-creates"], REFRESH_SECONDS);
  console.log("Next: run the command again that was cut off.");
}

async function main(): Promise<number> {
  try {
    const options = { stack: { type: "string" }, help: { type: "boolean", default: false } } as const;
    const { stack, help } = parseArgs({ args: process.argv.slice(2), options }).values;
    if (help) {
      console.log(HELP);
      return 0;
    }
    if (stack === undefined) {
      throw new Error(`which stack?\n${USAGE}`);
    }
    await recover(stack);
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}

void main().then((code) => {
  process.exitCode = code;
});

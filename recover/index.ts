/** npm run recover: settles what a killed run of Pulumi left half-way, so that the next one can go on. */
import { hostname } from "node:os";
import { parseArgs } from "node:util";

import { main } from "../command/main";
import { output } from "../command/process";
import { projectName, pulumi } from "../command/project";
import { kubectlOptions } from "../command/target";
import { heldOf, locksOf } from "./lock";
import { decide, Decision, idOf, KubernetesObject, Pending, pendingCreates, State } from "./pending";

/** A refresh asks the cluster for each object; more than this, in seconds, is a cluster that does not answer. */
const REFRESH_SECONDS = 600;

const USAGE = "usage: npm run recover -- --stack STACK";
const HELP = `${USAGE}

After \`pulumi up\` or \`pulumi destroy\` was killed: removes the lock of the process that is no more, and the objects that it had begun
to make and that the stack does not know, so that the next run makes each of them once. Namespaces and claims are left alone, and so is
what Pulumi has not made. Without anything to settle it changes nothing.`;

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
  const whoami = await pulumi(["whoami", "--verbose", "--json"]);
  const locks = locksOf((JSON.parse(whoami) as { url: string }).url, projectName(), stack);
  const [held] = heldOf(locks, hostname(), lives);
  if (held !== undefined) {
    const { pid, username, timestamp } = held;
    throw new Error(
      `stack ${stack} is locked by process ${pid} of ${username} on ${held.hostname}, since ${timestamp}, which may still be at work. ` +
        `Next: wait for it, or, when it is no more: pulumi cancel --stack ${stack}`,
    );
  }
  if (locks.length > 0) {
    await pulumi(["cancel", "--yes", "--stack", stack]);
    console.log(`The lock of process ${locks[0]?.pid}, which is no more, is removed.`);
  }
}

/** Does something with an object in its own cluster. */
const kubectl = (object: KubernetesObject, verb: string, ...options: string[]) =>
  output("kubectl", [...kubectlOptions(object), verb, object.qualified, object.name, "--ignore-not-found", ...options]);

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

async function recover(stack: string): Promise<number> {
  await unlock(stack);
  const pending = pendingCreates(JSON.parse(await pulumi(["stack", "export", "--stack", stack])) as State);
  if (pending.length === 0) {
    return 0;
  }
  console.log(`A run of Pulumi on stack ${stack} was cut off while it made:`);
  await settle(stack, pending);
  await pulumi(["refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--stack", stack], REFRESH_SECONDS);
  console.log("Next: run the command again that was cut off.");
  return 0;
}

/** The stack that is named. */
function parseOptions(args: readonly string[]): string | undefined {
  const options = { stack: { type: "string" }, help: { type: "boolean", default: false } } as const;
  const { stack, help } = parseArgs({ args: [...args], options }).values;
  if (!help && stack === undefined) {
    throw new Error("which stack?");
  }
  return help ? undefined : stack;
}

main({ usage: USAGE, help: HELP, parse: parseOptions, run: recover, codes: { refused: 1, failed: 1 } });

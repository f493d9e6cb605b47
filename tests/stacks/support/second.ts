import path from "node:path";

import { claimVolumes } from "../../support/claims";
import { cluster } from "../../support/cluster";
import { lockedRegistry, LockedRegistry } from "../../support/lockedRegistry";
import { nodes } from "../../support/nodes";
import { run, succeed } from "../../support/run";
import { Changes, testStack } from "../../support/stack";

/*
 * A second stack beside the first, in all that settings allow another one: claims for directories, names for addresses, HTTPS through
 * an ingress, a registry that asks for a password. It comes up when the first test needs it.
 */

export const CLASS = "k8s-web-second-claims";
export const LOGIN = { username: "second", password: "for-the-registry-of-a-test" };

/** The name that the stack answers to. */
export const HOST = "second.example.org";

const small = { requests: { cpu: "20m", memory: "64Mi" }, limits: { cpu: "2", memory: "1Gi" } };
const SETTINGS = {
  storage: { kind: "claim", storageClass: CLASS },
  replicas: { mysqlSlave: 1, redisSlave: 1, web: 1 },
  resources: { mysql: small, redis: small, web: small, nginx: small },
  hostsFrom: "dns",
  hosts: [HOST, "127.0.0.1"],
  ingress: { annotations: { "example.org/owner": "tests" } },
};

const stack = testStack({ name: "second", nodePort: 30094, settings: SETTINGS });
export const { namespace, url, encrypted } = stack;
export const inside = cluster(namespace);

const volumes = claimVolumes(CLASS, namespace, path.join(path.dirname(stack.dataRoot), `${CLASS}-volumes`));
let registry: LockedRegistry | undefined;
let login: Changes = {};

/** Runs Pulumi on the second stack, with changes to its settings. */
export const pulumi = (args: readonly string[], changes: Changes = {}) => stack.pulumi(args, { ...login, ...changes });
export const up = (changes: Changes = {}): Promise<string> => stack.up({ ...login, ...changes });
export const killed = (seconds: number, args: readonly string[], due: () => Promise<void>) =>
  stack.killed(seconds, args, due, login);
export const recover = (): Promise<string> => stack.recover(login);

/** The first word of the user agents that have logged in to the registry. */
export const registryClients = (): ReadonlySet<string> => registry?.clients ?? new Set();

/** The registry's password from now on; the stack's setting follows with the next `up`. */
export async function changeRegistryPassword(password: string): Promise<void> {
  registry?.changePassword(password);
  login = { ...login, registryPassword: await stack.encrypted(password) };
}

/** Makes all that the stack needs, but not the stack: that is `up`. */
export async function prepare(): Promise<void> {
  if (registry !== undefined) {
    return;
  }
  await remove();
  const first = (await nodes()).slice(0, 1).map(({ metadata }) => metadata.name);
  await volumes.make(first, first);
  await stack.init();
  const [upstream = "", ...rest] = (await stack.setting("registry")).split("/");
  registry = await lockedRegistry(upstream, LOGIN.username, LOGIN.password);
  login = {
    registry: [registry.address, ...rest].join("/"),
    registryUsername: LOGIN.username,
    registryPassword: await stack.encrypted(LOGIN.password),
  };
}

/** Removes the stack without a trace; also one that a killed run left half-way. */
export async function remove(): Promise<void> {
  // A run that was killed may have left them protected.
  await run("pulumi", ["--non-interactive", "state", "unprotect", "--all", "--yes", "--stack", "second"]);
  await stack.remove();
  await succeed("kubectl", ["delete", "namespace", namespace, "--ignore-not-found"]);
  await volumes.remove();
  registry?.close();
  registry = undefined;
}

/** A page, as the proxy that has ended TLS asks for it; with other headers, as others do. */
export const page = (headers: Record<string, string> = { "X-Forwarded-Proto": "https" }): Promise<Response> =>
  fetch(`${url}/forms/guest-book/`, { headers, redirect: "manual" });

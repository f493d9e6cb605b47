import { succeed } from "./run";
import { NAMESPACE } from "./stack";

export interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly containers: readonly { readonly name: string }[] };
  readonly status: {
    readonly podIP: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

const kubectl = (args: readonly string[], input?: string): Promise<string> =>
  succeed("kubectl", ["--namespace", NAMESPACE, ...args], input === undefined ? {} : { input });

const isReady = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  (pod.status.conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True");

/** The ready pods of a part, by its label `name`. */
export async function readyPods(name: string): Promise<Pod[]> {
  const list = JSON.parse(await kubectl(["get", "pods", "-l", `name=${name}`, "-o", "json"])) as { items: Pod[] };
  return list.items.filter(isReady);
}

/** The one ready pod of a master. */
export async function onlyPod(name: string): Promise<Pod> {
  const [pod, ...others] = await readyPods(name);
  if (pod === undefined || others.length > 0) {
    throw new Error(`${name} has ${others.length + (pod === undefined ? 0 : 1)} ready pods, not one`);
  }
  return pod;
}

/** Deletes a pod and waits until it is gone. */
export const deletePod = (pod: Pod): Promise<string> => kubectl(["delete", "pod", pod.metadata.name, "--wait"]);

/** Runs a command in a pod's main container. */
export const exec = (pod: Pod, command: readonly string[], input?: string): Promise<string> =>
  kubectl(
    [
      "exec",
      ...(input === undefined ? [] : ["-i"]),
      pod.metadata.name,
      "-c",
      pod.spec.containers[0]?.name ?? "",
      "--",
      ...command,
    ],
    input,
  );

/** Runs statements as root in a MySQL pod; rows of tab-separated columns. The password never leaves the pod. */
export async function mysql(pod: Pod, statements: string): Promise<string[][]> {
  const client = 'MYSQL_PWD="$MYSQL_ROOT_PASSWORD" exec mysql --user=root --batch --skip-column-names';
  const output = await exec(pod, ["sh", "-c", client], statements);
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
}

/** Runs a command in a Redis pod; what redis-cli prints. */
export async function redis(pod: Pod, ...command: readonly string[]): Promise<string> {
  const client = 'REDISCLI_AUTH="$REDIS_PASSWORD" exec redis-cli "$@"';
  return (await exec(pod, ["sh", "-c", client, "redis-cli", ...command])).trim();
}

/** Identity and version of every object in the stack's namespace: equal before and after what changes nothing. */
export async function fingerprint(): Promise<string[]> {
  const kinds = "replicationcontrollers,services,secrets,jobs,pods,configmaps";
  const list = JSON.parse(await kubectl(["get", kinds, "-o", "json"])) as {
    items: { kind: string; metadata: { name: string; uid: string; generation?: number } }[];
  };
  return list.items
    .map(({ kind, metadata }) => `${kind}/${metadata.name} ${metadata.uid} ${metadata.generation ?? ""}`)
    .sort();
}

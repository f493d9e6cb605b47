import { ask } from "./api";
import { succeed } from "./run";

export interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string; readonly containers: readonly { readonly name: string }[] };
  readonly status: {
    readonly phase: string;
    readonly podIP: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly restartCount: number }[];
  };
}

/** Whether a pod serves, and is not being deleted. */
export const isReady = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  (pod.status.conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True");

const rowsOf = (output: string): string[][] =>
  output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));

export type Cluster = ReturnType<typeof cluster>;

/** What tests ask of the cluster, all of it in one namespace. */
export function cluster(namespace: string) {
  const kubectl = (args: readonly string[], input?: string): Promise<string> =>
    succeed("kubectl", ["--namespace", namespace, ...args], input === undefined ? {} : { input });

  /** All pods of a part, by its label `name`, ready or not, and those that are being deleted too. */
  const pods = async (name: string): Promise<Pod[]> =>
    (await ask<{ items: Pod[] }>(`/api/v1/namespaces/${namespace}/pods?labelSelector=name%3D${name}`)).items;

  /** The ready pods of a part. */
  const readyPods = async (name: string): Promise<Pod[]> => (await pods(name)).filter(isReady);

  /** The one ready pod of a master. */
  const onlyPod = async (name: string): Promise<Pod> => {
    const [pod, ...others] = await readyPods(name);
    if (pod === undefined || others.length > 0) {
      throw new Error(`${name} has ${others.length + (pod === undefined ? 0 : 1)} ready pods, not one`);
    }
    return pod;
  };

  /** Deletes a pod and waits until it is gone. */
  const deletePod = (pod: Pod): Promise<string> => kubectl(["delete", "pod", pod.metadata.name, "--wait"]);

  /** Runs a command in a pod's main container. */
  const exec = (pod: Pod, command: readonly string[], input?: string): Promise<string> =>
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

  /** Runs statements as administrator in a MySQL pod; rows of tab-separated columns. */
  const mysql = async (pod: Pod, statements: string): Promise<string[][]> => {
    return rowsOf(await exec(pod, ["mysql", "--batch", "--skip-column-names"], statements));
  };

  /** Runs a command in a Redis pod; what redis-cli prints. */
  const redis = async (pod: Pod, ...command: readonly string[]): Promise<string> => {
    const client = 'REDISCLI_AUTH="$REDIS_PASSWORD" exec redis-cli -s /run/redis/redis.sock "$@"';
    return (await exec(pod, ["sh", "-c", client, "redis-cli", ...command])).trim();
  };

  /** Identity and version of every object: equal before and after what changes nothing. */
  const fingerprint = async (): Promise<string[]> => {
    const kinds = "replicationcontrollers,services,secrets,jobs,pods,configmaps";
    const list = JSON.parse(await kubectl(["get", kinds, "-o", "json"])) as {
      items: { kind: string; metadata: { name: string; uid: string; generation?: number } }[];
    };
    return list.items
      .map(({ kind, metadata }) => `${kind}/${metadata.name} ${metadata.uid} ${metadata.generation ?? ""}`)
      .sort();
  };

  return { kubectl, pods, readyPods, onlyPod, deletePod, exec, mysql, redis, fingerprint };
}

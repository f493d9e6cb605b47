/** Whether a stack may be filled with the data of backups. */

/** Pods of the servers, by their label `name`. */
const SERVERS = ["mysql-master", "mysql-slave", "redis-master", "redis-slave"];

/** A pod, as far as it matters here. */
export interface PodNames {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

/**
 * Why a stack may not be filled: servers that run have data, or are about to.
 * @returns undefined when none runs
 */
export function obstacle(namespace: string, pods: readonly PodNames[]): string | undefined {
  const servers = pods.filter(({ metadata }) => SERVERS.includes(metadata.labels?.["name"] ?? ""));
  return servers.length === 0
    ? undefined
    : `servers run in ${namespace} (${servers.map(({ metadata }) => metadata.name).join(", ")}), so it has data of its own. Nothing was changed. ` +
        "Next: restore into a stack that is not up and has no data; to replace this one's data, `pulumi destroy`, and move its directories " +
        'or claims away first (docs/runbook.md, "Restore")';
}

import * as pulumi from "@pulumi/pulumi";

import {
  accessTo,
  BACKUP_STORAGE,
  METRICS_PORTS,
  MysqlReplication,
  NetworkPolicies,
  RedisReplication,
  Web,
} from "../components";
import { Stack } from "./stack";

/** Closes the network of the stack, save for who has to reach whom. */
export function closeNetwork(
  { settings, workload, onCluster }: Stack,
  { mysql, redis, web }: { readonly mysql: MysqlReplication; readonly redis: RedisReplication; readonly web: Web },
  dependsOn: pulumi.Resource[],
): void {
  if (!settings.networkPolicies) {
    return;
  }
  const pods = { name: "dabacluster" };
  const ranges = settings.application?.egress ?? [];
  new NetworkPolicies(
    "network",
    {
      namespace: workload.namespace,
      servers: [
        { name: "mysql", port: mysql.master.port },
        { name: "redis", port: redis.master.port },
      ],
      open: [
        { name: "web", pods, ports: [web.endpoint.port] },
        ...(settings.metrics.enabled ? [{ name: "metrics", pods: {}, ports: METRICS_PORTS, podsOnly: true }] : []),
      ],
      outside: [
        ...(ranges.length === 0 ? [] : [{ name: "web-outside", pods, ranges }]),
        // Storage has names, and policies go by addresses.
        ...(settings.backup?.storage.kind === "s3"
          ? [{ name: BACKUP_STORAGE, pods: accessTo(BACKUP_STORAGE), ranges: ["0.0.0.0/0", "::/0"] }]
          : []),
      ],
    },
    { ...onCluster, dependsOn },
  );
}

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { Endpoint, SecretHandle, secretVariable, variable } from "./environment";
import { restricted } from "./security";
import { MountedVolume } from "./volumes";

type Container = k8s.types.input.core.v1.Container;

/**
 * Ports on which metrics are served, by their names. Prometheus finds a port by its name's ending, `-metrics`
 * (monitoring/prometheus.yaml), so a pod may have several.
 */
const PORTS = {
  "mysql-metrics": 9104,
  "redis-metrics": 9121,
  "nginx-metrics": 9113,
  "web-metrics": 9117,
} as const;

/** All of them: what a Prometheus must be able to reach. */
export const METRICS_PORTS: readonly number[] = Object.values(PORTS);

/** User of the MySQL exporter, whom mysqld tells from its own at the socket; as in docker/mysql-master/Dockerfile. */
const MYSQL_EXPORTER_USER = 10002;

/** What an exporter takes: far more than it needs, as being killed for its memory would take the pod out of its Service. */
const RESOURCES = {
  requests: { cpu: "5m", memory: "16Mi" },
  limits: { cpu: "200m", memory: "128Mi" },
};

/** A named port for a container's list. */
export const metricsPort = (name: keyof typeof PORTS) => ({ name, containerPort: PORTS[name] });

/**
 * A container beside a pod's own, started before them and ended after them. It has no probes: that it does not answer is
 * for Prometheus to notice (`up`), and no reason to take the server beside it away from its clients.
 */
const exporter = (name: string, image: pulumi.Input<string>, port: keyof typeof PORTS): Container => ({
  ...restricted,
  name,
  image,
  restartPolicy: "Always",
  ports: [metricsPort(port)],
  resources: RESOURCES,
});

/** None without an image. */
type Exporters = Container[];

/** Tells about the mysqld whose socket lies in `run`. It needs no password, being known at the socket by its user. */
export const mysqlExporter = (image: pulumi.Input<string> | undefined, run: MountedVolume): Exporters => {
  if (image === undefined) {
    return [];
  }
  const container = exporter("mysql-exporter", image, "mysql-metrics");
  return [
    {
      ...container,
      securityContext: { ...restricted.securityContext, runAsUser: MYSQL_EXPORTER_USER },
      volumeMounts: [{ ...run.mount, readOnly: true }],
    },
  ];
};

/** Tells about the Redis of its pod. */
export const redisExporter = (
  image: pulumi.Input<string> | undefined,
  port: Endpoint["port"],
  password: SecretHandle,
): Exporters => {
  if (image === undefined) {
    return [];
  }
  const env = [
    variable("REDIS_ADDR", `rediss://localhost:${port}`),
    // The certificate is for the names that others know the server by, and inside the pod there is nobody else.
    variable("REDIS_EXPORTER_SKIP_TLS_VERIFICATION", "true"),
    secretVariable("REDIS_PASSWORD", password),
  ];
  return [{ ...exporter("redis-exporter", image, "redis-metrics"), env }];
};

/** Tells about the nginx of its pod, which has a page for it. */
export const nginxExporter = (image: pulumi.Input<string> | undefined): Exporters =>
  image === undefined ? [] : [exporter("nginx-exporter", image, "nginx-metrics")];

import { readFileSync } from "node:fs";

import { expect } from "chai";
import { parse } from "yaml";

import { mysqlExporter, nginxExporter, redisExporter } from "../../components/pod/exporters";
import { serverPod } from "../../components/pod/server";
import { scratchDirectory } from "../../components/pod/volumes";

interface Sidecar {
  readonly name: string;
  readonly restartPolicy: string;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources: { readonly limits: { readonly memory: string } };
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly volumeMounts?: readonly object[];
  readonly securityContext: { readonly runAsUser?: number; readonly readOnlyRootFilesystem: boolean };
}

const run = scratchDirectory("run", "/run/mysqld");
const password = { secret: "redis", key: "password" };
const all = () =>
  [
    ...mysqlExporter("mysql-exporter@sha256:1", run),
    ...redisExporter("redis-exporter@sha256:1", 6379, password),
    ...nginxExporter("nginx-exporter@sha256:1"),
  ] as unknown as Sidecar[];

describe("exporters", () => {
  it("are none without an image", () => {
    expect([
      ...mysqlExporter(undefined, run),
      ...redisExporter(undefined, 6379, password),
      ...nginxExporter(undefined),
    ]).to.deep.equal([]);
  });

  it("start before the server, end after it, and can't make it unready by a probe", () => {
    const pod = serverPod({
      name: "mysql",
      image: "mysql@sha256:1",
      env: [],
      port: 3306,
      data: scratchDirectory("data", "/data"),
      onNode: true,
      sidecars: mysqlExporter("mysql-exporter@sha256:1", run),
      resources: {},
      graceSeconds: 1,
    }) as unknown as { containers: { name: string }[]; initContainers: { name: string }[] };
    expect(pod.initContainers.map(({ name }) => name)).to.deep.equal(["own-directory", "mysql-exporter"]);
    // Whoever runs a command in the pod gets the server without naming it.
    expect(pod.containers.map(({ name }) => name)).to.deep.equal(["mysql"]);
    for (const sidecar of all()) {
      expect(sidecar.restartPolicy, sidecar.name).to.equal("Always");
      expect(sidecar, sidecar.name).to.not.have.any.keys("readinessProbe", "livenessProbe", "startupProbe");
    }
  });

  it("may do nothing but look", () => {
    for (const { name, securityContext, resources } of all()) {
      expect(securityContext, name).to.deep.include({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      expect(resources, name).to.have.all.keys("requests", "limits");
    }
    const [mysql] = all();
    // The server's own user is an administrator at the socket.
    expect(mysql?.securityContext.runAsUser).to.equal(10002);
    expect(readFileSync("docker/mysql-master/Dockerfile", "utf8")).to.include("exporter:x:10002:");
    expect(mysql?.volumeMounts).to.deep.equal([{ name: "run", mountPath: "/run/mysqld", readOnly: true }]);
    expect(mysql?.env).to.equal(undefined);
    const accounts = readFileSync("docker/mysql-master/lib/local-accounts.sql", "utf8");
    const grants = accounts.split("\n").filter((line) => line.startsWith("GRANT") && line.includes("pod_exporter"));
    expect(grants).to.deep.equal([
      "GRANT PROCESS, REPLICATION CLIENT ON *.* TO 'pod_exporter'@'localhost';",
      "GRANT SELECT ON performance_schema.* TO 'pod_exporter'@'localhost';",
    ]);
  });

  it("get Redis' password by its Secret", () => {
    const redis = all()[1];
    expect(redis?.env).to.deep.equal([
      { name: "REDIS_ADDR", value: "rediss://localhost:6379" },
      { name: "REDIS_EXPORTER_SKIP_TLS_VERIFICATION", value: "true" },
      { name: "REDIS_PASSWORD", valueFrom: { secretKeyRef: { name: "redis", key: "password" } } },
    ]);
  });

  it("have ports that Prometheus and its operator find by their names", () => {
    const names = [...all().flatMap(({ ports }) => ports.map(({ name }) => name)), "web-metrics"];
    for (const name of names) {
      // As in monitoring/prometheus.yaml; Kubernetes takes no longer ones.
      expect(name)
        .to.match(/^.+-metrics$/)
        .and.have.lengthOf.at.most(15);
    }
    const monitor = parse(readFileSync("monitoring/podmonitor.yaml", "utf8")) as {
      spec: { podMetricsEndpoints: { port: string }[] };
    };
    expect(monitor.spec.podMetricsEndpoints.map(({ port }) => port)).to.have.members(names);
  });
});

import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

import { expect } from "chai";
import { parse } from "yaml";

import { ROWS } from "../../monitoring/panels";
import { ask as askApi } from "../support/api";
import { processesOf } from "../support/node";
import { nodes } from "../support/nodes";
import { eventually, run, succeed } from "../support/run";
import { exec, mysql, onlyPod, Pod, readyPods } from "./support/cluster";
import { NAMESPACE, up, URL } from "./support/stack";

const PROMETHEUS = "k8s-web-test-monitoring";
const OVERLAY = "tests/e2e/fixtures/monitoring";
/** Where a server's pod has it. */
const CERTIFICATE = "/run/secrets/tls/tls.crt";

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}
interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
}
interface Firing {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing";
}

/** Metrics that there are none of here, and why. Their alerts are tested on series, see monitoring/rules.test.yaml. */
const NOT_HERE = {
  kube_pod_container_status_restarts_total: "the embedded cluster has no kube-state-metrics",
  kube_cronjob_status_last_successful_time: "the embedded cluster has no kube-state-metrics",
  kube_cronjob_created: "the embedded cluster has no kube-state-metrics",
  kubelet_volume_stats_available_bytes: "this stack has no claims",
  kubelet_volume_stats_capacity_bytes: "this stack has no claims",
};
/** Panels that are empty in health. */
const EMPTY_IN_HEALTH = {
  dabaweb_server_pauses_total: "no server was away",
  dabaweb_fallbacks_total: "no server was away",
};

/** Where the API server hands questions on to Prometheus. */
const API = `/api/v1/namespaces/${PROMETHEUS}/services/prometheus-test:9090/proxy/api/v1`;

const ask = async <T>(path: string): Promise<T> => (await askApi<{ data: T }>(`${API}/${path}`)).data;
const query = async (expression: string): Promise<readonly Series[]> =>
  (await ask<{ result: readonly Series[] }>(`query?query=${encodeURIComponent(expression)}`)).result;
const targets = async () => (await ask<{ activeTargets: readonly Target[] }>("targets?state=active")).activeTargets;
const alerts = async () => (await ask<{ alerts: readonly Firing[] }>("alerts")).alerts;

const isIn = (metrics: object, expression: string): boolean =>
  Object.keys(metrics).some((metric) => expression.includes(metric));

describe("metrics", () => {
  before(async () => {
    await up({ metrics: { enabled: true } });
    await succeed("kubectl", ["apply", "-k", OVERLAY]);
    for (const what of ["deployment/prometheus-test", "daemonset/node-exporter-test"]) {
      await succeed("kubectl", ["-n", PROMETHEUS, "rollout", "status", what, "--timeout=120s"]);
    }
  });

  after(async () => {
    await succeed("kubectl", ["delete", "-k", OVERLAY, "--ignore-not-found"]);
  });

  it("are told by every server of the stack, by nodes and kubelets: all targets are up", async () => {
    const { length: machines } = await nodes();
    const expected = [
      ...Array<string>(3).fill("mysql-exporter"),
      ...Array<string>(3).fill("redis-exporter"),
      ...Array<string>(3).fill("nginx-exporter"),
      ...Array<string>(3).fill("dabaweb"),
    ];
    await eventually(60, async () => {
      const all = await targets();
      const own = all.filter(({ labels }) => labels["namespace"] === NAMESPACE);
      expect(own.map(({ labels }) => labels["container"])).to.have.members(expected);
      for (const job of ["kubelet", "kubelet-volumes", "node-exporter"]) {
        expect(
          all.filter(({ labels }) => labels["job"] === job),
          job,
        ).to.have.lengthOf(machines);
      }
      const watched = all.filter(
        ({ labels }) => labels["namespace"] === undefined || labels["namespace"] === NAMESPACE,
      );
      expect(watched.filter(({ health }) => health !== "up").map(({ labels, lastError }) => [labels, lastError])).to.be
        .empty;
    });
    for (const exporter of ["mysql_up", "redis_up", "nginx_up"]) {
      const values = (await query(`${exporter}{namespace="${NAMESPACE}"}`)).map(({ value }) => value[1]);
      expect(values, exporter).to.deep.equal(["1", "1", "1"]);
    }
  });

  it("are nothing that people reach: nginx knows no such page", async () => {
    const { status } = await fetch(`${URL}/metrics`);
    expect(status).to.equal(404);
  });

  it("give each query of the dashboard something to show", async () => {
    const expressions = ROWS.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries.map(([, text]) => text)));
    expect(expressions).to.have.lengthOf.at.least(30);
    // A rate needs two scrapes, and somebody who comes between them.
    await eventually(120, async () => {
      for (const page of ["/", "/forms/guest-book/"]) {
        await fetch(`${URL}${page}`);
      }
      const empty = [];
      for (const expression of expressions) {
        const asked = expression.replaceAll("$namespace", NAMESPACE).replaceAll("$__rate_interval", "5m");
        const values = (await query(asked)).map(({ value }) => Number(value[1]));
        if (values.length === 0 || values.some(Number.isNaN)) {
          empty.push(expression);
        }
      }
      const excused = { ...NOT_HERE, ...EMPTY_IN_HEALTH };
      const missing = empty.filter((expression) => !isIn(excused, expression));
      expect(missing, missing.join("\n")).to.be.empty;
    });
  });

  it("tell when each server's certificate ends", async () => {
    const servers = ["mysql-master", "mysql-slave", "redis-master", "redis-slave"];
    const ends = new Map<string | undefined, number>();
    for (const server of servers) {
      const [pod] = await readyPods(server);
      const { validTo } = new X509Certificate(pod === undefined ? "" : await exec(pod, ["cat", CERTIFICATE]));
      ends.set(server, Date.parse(validTo) / 1000);
    }
    await eventually(120, async () => {
      const found = await query(
        `max by (server) (dabaweb_certificate_end_timestamp_seconds{namespace="${NAMESPACE}"})`,
      );
      expect(new Map(found.map(({ metric, value }) => [metric["server"], Number(value[1])]))).to.deep.equal(ends);
    });
  });

  it("have all that the alerts ask for, and no alert fires in health", async () => {
    const { groups } = parse(readFileSync("monitoring/rules.yaml", "utf8")) as {
      groups: { rules: { expr: string }[] }[];
    };
    const named = new Set(
      groups
        .flatMap(({ rules }) => rules.map(({ expr }) => expr))
        .flatMap((expr) => expr.match(/\b(mysql|redis|nginx|uwsgi|dabaweb|node|container|kubelet|kube)_\w+/g) ?? []),
    );
    expect(named.size).to.be.at.least(24);
    await eventually(60, async () => {
      for (const metric of named) {
        const found = await query(`count({__name__="${metric}"})`);
        expect(found.length > 0, metric).to.equal(!isIn(NOT_HERE, metric));
      }
    });
    const loaded = await ask<{ groups: { rules: object[] }[] }>("rules");
    expect(loaded.groups.flatMap(({ rules }) => rules)).to.have.lengthOf(groups.flatMap(({ rules }) => rules).length);
    await eventually(60, async () => {
      const firing = (await alerts()).filter(({ labels }) => labels["namespace"] === NAMESPACE);
      expect(firing.filter(({ state }) => state === "firing").map(({ labels }) => labels)).to.be.empty;
    });
  });

  it("cost the server nothing when an exporter ends: that alone is started again", async () => {
    const pod = await onlyPod("mysql-master");
    // The kernel keeps fifteen characters of a name.
    for (const id of processesOf(pod, "prometheus-mysq")) {
      process.kill(id, "SIGKILL");
    }
    const states = async () => {
      const text = await succeed("kubectl", ["-n", NAMESPACE, "get", "pod", pod.metadata.name, "-o", "json"]);
      const { status } = JSON.parse(text) as {
        status: Record<
          "containerStatuses" | "initContainerStatuses",
          { name: string; restartCount: number; ready: boolean }[]
        >;
      };
      return [...status.initContainerStatuses, ...status.containerStatuses];
    };
    await eventually(30, async () => {
      const exporter = (await states()).find(({ name }) => name === "mysql-exporter");
      expect(exporter).to.include({ restartCount: 1, ready: true });
    });
    expect((await states()).find(({ name }) => name === "mysql")).to.include({ restartCount: 0, ready: true });
  });

  it("are looked at with no more rights than that", async () => {
    const pod = await onlyPod("mysql-master");
    const [server] = processesOf(pod, "mysqld");
    const as = (user: string, statement: string) =>
      run("nsenter", [
        ...[`--target=${server}`, "--mount", "--setuid=10002", "--setgid=10001", "--"],
        ...["mysql", "--no-defaults", "--socket=/run/mysqld/mysqld.sock", `--user=${user}`, `--execute=${statement}`],
      ]);
    expect(await as("pod_exporter", "SHOW GLOBAL STATUS LIKE 'Uptime'")).to.include({ code: 0 });
    expect((await as("pod_exporter", "SELECT * FROM form.application")).output).to.match(
      /ERROR 1142 .*SELECT command denied/,
    );
    for (const other of ["pod_admin", "pod_probe", "root"]) {
      expect((await as(other, "SELECT 1")).output, other).to.match(/ERROR (1045|1698) .*Access denied/);
    }
  });

  /** Waits until an alert about a pod fires, or no longer does. */
  const fires = (name: string, { metadata }: Pod, expected: boolean) =>
    eventually(150, async () => {
      const firing = (await alerts()).filter(({ state }) => state === "firing").map(({ labels }) => labels);
      const found = firing.some(({ alertname, pod }) => alertname === name && pod === metadata.name);
      expect(found, `${name} fires: ${JSON.stringify(firing)}`).to.equal(expected);
    });

  it("raise the alert when replication breaks, and end it when it is mended", async () => {
    const [broken] = await readyPods("mysql-slave");
    if (broken === undefined) {
      throw new Error("no slave is ready");
    }
    await mysql(broken, "STOP REPLICA SQL_THREAD");
    await fires("MysqlReplicationStopped", broken, true);
    await mysql(broken, "START REPLICA SQL_THREAD");
    await fires("MysqlReplicationStopped", broken, false);
  });
});

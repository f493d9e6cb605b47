import path from "node:path";

import { expect } from "chai";

import { within } from "../drills/load/limits";
import { askMysql, openMysql, rowsOf } from "../drills/load/mysql";
import { Writer } from "../drills/load/writer";
import { claimVolumes } from "../support/claims";
import { cluster, Pod } from "../support/cluster";
import { signalNode } from "../support/node";
import { addressOf, Node, nodes } from "../support/nodes";
import { eventually, run, succeed } from "../support/run";
import { testStack } from "../support/stack";

/** The node that everything else runs on, by the name that the embedded cluster gives it. */
const FIRST = "embedded";
/** Keeps the pods of other stacks away from the node that comes and goes. */
const TAINT = { key: "k8s-web/test", value: "nodes", effect: "NoSchedule" } as const;
const CLASS = "k8s-web-test-nodes";
/** Seconds in which the load finds its pace. */
const STEADY = 90;
/** Seconds in which a read succeeds, at whatever attempt; half of the servers may be gone without a word. */
const READ = 30;
const ATTEMPT_MS = 3000;
/** Seconds in which Kubernetes notices that a node is gone. */
const NOTICED = 90;

const small = { requests: { cpu: "20m", memory: "64Mi" }, limits: { cpu: "2", memory: "1Gi" } };
const stack = testStack({
  name: "nodes",
  nodePort: 30096,
  settings: {
    storage: { kind: "hostPath", node: FIRST },
    placement: { all: { tolerations: [TAINT] } },
    replicas: { mysqlSlave: 2, redisSlave: 2, web: 2 },
    resources: { mysql: small, redis: small, web: small, nginx: small },
  },
});
const { kubectl, readyPods, onlyPod, mysql, redis } = cluster(stack.namespace);
const volumes = claimVolumes(CLASS, stack.namespace, path.join(path.dirname(stack.dataRoot), `${CLASS}-volumes`));

const nodeNamed = async (name: string): Promise<Node> => {
  const found = (await nodes()).find(({ metadata }) => metadata.name === name);
  if (found === undefined) {
    throw new Error(`there is no node ${name}`);
  }
  return found;
};

const isReady = ({ status }: Node): boolean =>
  status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True");

/** Lets a node reach the servers that run on others. */
const letIn = (address: string) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "test" },
  spec: {
    podSelector: { matchLabels: { peers: "mysql" } },
    policyTypes: ["Ingress"],
    ingress: [{ from: [{ ipBlock: { cidr: `${address}/32` } }] }],
  },
});

/** Reads one after the other, each tried again for a while, until it is stopped. */
function reading(read: () => Promise<unknown>) {
  const did = { reads: 0, longest: 0, over: false };

  const done = (async () => {
    while (!did.over) {
      const begin = Date.now();
      await eventually(READ, () => within(ATTEMPT_MS, read()));
      did.reads++;
      did.longest = Math.max(did.longest, (Date.now() - begin) / 1000);
    }
  })();
  // Whoever stops it hears of a read that failed.
  done.catch(() => undefined);
  return {
    did,
    stop: () => {
      did.over = true;
      return done;
    },
  };
}

/** The nodes of a part's ready pods, sorted. */
const nodesOf = async (part: string): Promise<string[]> =>
  (await readyPods(part)).map(({ spec }) => spec.nodeName ?? "").sort();

describe("several nodes", () => {
  let second: string;
  let addresses: string[];
  /** The web answers to the nodes' addresses too. */
  const up = (changes: Readonly<Record<string, unknown>> = {}) =>
    stack.up({ hosts: ["127.0.0.1", "localhost", ...addresses], ...changes });

  const removeAll = async () => {
    const left = (await nodes()).filter(({ spec }) => (spec.taints ?? []).some(({ key }) => key === TAINT.key));
    if (left.length > 0) {
      // Pods of a node that is lost would never be gone.
      await succeed("embedded", ["up"]);
    }
    await stack.remove();
    await run("kubectl", ["delete", "namespace", stack.namespace, "--ignore-not-found"]);
    await volumes.remove();
    for (const { metadata } of left) {
      await succeed("embedded", ["node", "remove", metadata.name]);
    }
  };

  before(async () => {
    await removeAll();
    second = (
      await succeed("embedded", ["node", "add", "--taint", `${TAINT.key}=${TAINT.value}:${TAINT.effect}`])
    ).trim();
    addresses = [addressOf(await nodeNamed(FIRST)), addressOf(await nodeNamed(second))];
    await stack.init();
    await up();
    // Its own node's processes reach a pod whatever policies say; those of another node, such as this test, do not.
    await kubectl(["apply", "-f", "-"], JSON.stringify(letIn(addresses[0] ?? "")));
  });
  after(removeAll);

  it("slaves are spread; what has a directory of a node runs on that node", async () => {
    for (const part of ["mysql-slave", "redis-slave"]) {
      expect(await nodesOf(part), part).to.deep.equal([FIRST, second]);
    }
    for (const part of ["mysql-master", "redis-master"]) {
      expect(await nodesOf(part), part).to.deep.equal([FIRST]);
    }
    expect(await nodesOf("dabacluster")).to.deep.equal([FIRST, FIRST]);
  });

  it("pods of other stacks stay where they were", async () => {
    const pods = JSON.parse(
      await succeed("kubectl", ["get", "pods", "-A", "-o", "json", "--field-selector", `spec.nodeName=${second}`]),
    ) as { items: { metadata: { namespace: string } }[] };
    expect(new Set(pods.items.map(({ metadata }) => metadata.namespace))).to.deep.equal(new Set([stack.namespace]));
  });

  it("a slave follows the master across nodes, under its own address", async () => {
    const slaves = await readyPods("mysql-slave");
    const master = await onlyPod("mysql-master");
    const hosts = await mysql(
      master,
      "SELECT SUBSTRING_INDEX(host, ':', 1) FROM performance_schema.processlist WHERE command LIKE 'Binlog Dump%'",
    );
    expect(hosts.flat()).to.have.members(slaves.map(({ status }) => status.podIP));
    const peers = (await redis(await onlyPod("redis-master"), "INFO", "replication")).matchAll(/^slave\d:ip=([^,]+)/gm);
    expect(Array.from(peers, ([, ip]) => ip)).to.have.members(
      (await readyPods("redis-slave")).map(({ status }) => status.podIP),
    );
  });

  it("the web answers on the addresses of both nodes", async () => {
    for (const address of addresses) {
      const response = await fetch(`http://${address}:${stack.nodePort}/`, { signal: AbortSignal.timeout(10_000) });
      expect(response.status, address).to.equal(200);
    }
  });

  it("a node that is lost takes neither the reads nor an acknowledged write, and comes back", async () => {
    const password = await stack.setting("mysqlPassword");
    const clusterIp = (service: string) => kubectl(["get", "service", service, "-o", "jsonpath={.spec.clusterIP}"]);
    const [toMaster, toSlaves] = [await clusterIp("mysql-master"), await clusterIp("mysql-slave")];
    await mysql(await onlyPod("mysql-master"), "CREATE TABLE form.outlives (id INT PRIMARY KEY)");
    const acknowledged: number[] = [];
    let next = 0;
    const writer = new Writer({
      connections: 2,
      rate: 40,
      open: async () => {
        const connection = await openMysql(toMaster, password);
        return {
          write: async (patience) => {
            const id = next++;
            await within(patience, connection.query("INSERT INTO outlives VALUES (?)", [id]));
            acknowledged.push(id);
            return 1;
          },
          close: () => {
            connection.destroy();
          },
        };
      },
    });
    const readSlave = () =>
      askMysql(toSlaves, password, ATTEMPT_MS, (connection) => rowsOf(connection, "SELECT COUNT(*) FROM outlives"));
    const readPage = async () => {
      const response = await fetch(stack.url, { signal: AbortSignal.timeout(ATTEMPT_MS) });
      await response.arrayBuffer();
      expect(response.status).to.equal(200);
    };

    const onSecond = async (part: string) => (await readyPods(part)).filter(({ spec }) => spec.nodeName === second);
    let begin = 0;
    let noticed = 0;
    let readers: Record<string, ReturnType<typeof reading>> = {};
    writer.start();
    try {
      await eventually(STEADY, () => {
        expect(acknowledged.length).to.be.greaterThan(100);
        return Promise.resolve();
      });
      readers = { slave: reading(readSlave), page: reading(readPage) };
      await eventually(STEADY, () => {
        for (const { did } of Object.values(readers)) {
          expect(did.reads).to.be.greaterThan(20);
        }
        return Promise.resolve();
      });
      begin = Date.now();
      signalNode(second, "SIGKILL");
      await eventually(NOTICED, async () => {
        expect(isReady(await nodeNamed(second))).to.equal(false);
        expect(await onSecond("mysql-slave")).to.have.length(0);
      });
      noticed = Date.now();
      await eventually(30, () => {
        expect(writer.trace.total(Date.now() - 1000, Date.now()), "writes, with the node gone").to.be.greaterThan(0);
        return Promise.resolve();
      });
      await redis(await onlyPod("redis-master"), "SET", "outlives", "1");
      expect(Number(await redis(await onlyPod("redis-master"), "WAIT", "1", "5000"))).to.be.at.least(1);
    } finally {
      await Promise.all([writer.stop(), ...Object.values(readers).map(({ stop }) => stop())]);
    }
    console.log(
      `      noticed after ${((noticed - begin) / 1000).toFixed(0)} s; ${acknowledged.length} writes, longest gap ` +
        `${writer.trace.longestGap(begin, noticed).toFixed(1)} s; ` +
        Object.entries(readers)
          .map(([what, { did }]) => `${did.reads} reads of a ${what}, the longest ${did.longest.toFixed(1)} s`)
          .join("; "),
    );

    await succeed("embedded", ["up"]);
    const rows = async (pod: Pod) => (await mysql(pod, "SELECT id FROM form.outlives")).map(([id]) => Number(id));
    await eventually(180, async () => {
      expect(await onSecond("mysql-slave")).to.have.length(1);
      expect(await onSecond("redis-slave")).to.have.length(1);
      for (const pod of [await onlyPod("mysql-master"), ...(await readyPods("mysql-slave"))]) {
        expect(await rows(pod), pod.metadata.name).to.include.members(acknowledged);
      }
      for (const pod of await readyPods("redis-slave")) {
        expect(await redis(pod, "GET", "outlives"), pod.metadata.name).to.equal("1");
      }
    });
  });

  it("with a claim that all nodes reach, the web's pods are spread too", async () => {
    await volumes.make([FIRST], [FIRST, second]);
    await up({ storage: { kind: "claim", storageClass: CLASS }, allowDataMove: true });
    expect(await nodesOf("dabacluster")).to.deep.equal([FIRST, second]);
    expect(await nodesOf("mysql-master")).to.deep.equal([FIRST]);
    const served = new Set<string>();
    await eventually(30, async () => {
      const response = await fetch(`http://${addresses[1]}:${stack.nodePort}/`, {
        signal: AbortSignal.timeout(10_000),
        // A connection stays with its pod.
        headers: { connection: "close" },
      });
      served.add(response.headers.get("x-served-by") ?? "");
      expect(response.status).to.equal(200);
      expect(served.size).to.equal(2);
    });
  });
});

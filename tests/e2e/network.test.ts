import { expect } from "chai";

import { accessTo } from "../../components/access";
import { cluster, isReady, Pod } from "../support/cluster";
import { eventually, run, succeed } from "../support/run";
import { onlyPod, readyPods } from "./support/cluster";
import { NAMESPACE, URL } from "./support/stack";

/** A namespace that is not the stack's. */
const ELSEWHERE = `${NAMESPACE}-elsewhere`;
/** Where the pod in it listens. */
const PORT = 8080;
const MYSQL = 3306;
const REDIS = 6379;
/** Seconds in which the node hears of a new pod, a label or a policy. */
const HEARD = 30;
/** Seconds that a connection may take; what is refused may be dropped without a word. */
const CONNECT = 3;

const inside = cluster(NAMESPACE);
const elsewhere = cluster(ELSEWHERE);

/** Whether a pod gets a connection. */
const reaches = async (from: Pod, address: string, port: number, at = inside): Promise<boolean> => {
  const connect = `timeout ${CONNECT} bash -c 'exec 3<>/dev/tcp/${address}/${port}' 2>/dev/null && echo yes || echo no`;
  return (await at.exec(from, ["bash", "-c", connect])).trim() === "yes";
};

/** Waits until a pod gets a connection, or no longer does. */
const eventuallyReaches = (wanted: boolean, ...connection: Parameters<typeof reaches>) =>
  eventually(HEARD, async () => {
    const [{ metadata }, address, port] = connection;
    expect(await reaches(...connection), `${metadata.name} reaches ${address}:${port}`).to.equal(wanted);
  });

const ip = ({ status }: Pod): string => status.podIP;
const clusterIp = (service: string): Promise<string> =>
  inside.kubectl(["get", "service", service, "-o", "jsonpath={.spec.clusterIP}"]);

/** A pod of nobody's, which listens; by changes, one that is not as the stack's are. */
const visitor = (image: string, pod: object = {}, container: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "visitor", labels: { name: "visitor" } },
  spec: {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "visitor",
        image,
        command: ["python", "-m", "http.server", String(PORT), "--directory", "/tmp"],
        readinessProbe: { tcpSocket: { port: PORT }, periodSeconds: 1 },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        ...container,
      },
    ],
    ...pod,
  },
});

describe("the network of the stack", () => {
  let web: Pod;
  let mysqlMaster: Pod;
  let mysqlSlave: Pod;
  let redisMaster: Pod;
  let redisSlave: Pod;
  let guest: Pod;
  let stranger: Pod;
  let image: string;

  const some = async (part: string): Promise<Pod> => {
    const [pod] = await readyPods(part);
    if (pod === undefined) {
      throw new Error(`no pod of ${part} is ready`);
    }
    return pod;
  };
  const visit = async (at: typeof inside): Promise<Pod> => {
    await at.kubectl(["create", "-f", "-"], JSON.stringify(visitor(image)));
    await eventually(60, async () => {
      expect((await at.pods("visitor")).filter(isReady)).to.have.length(1);
    });
    return at.onlyPod("visitor");
  };
  const removeAll = async () => {
    await run("kubectl", ["delete", "namespace", ELSEWHERE, "--ignore-not-found"]);
    await inside.kubectl(["delete", "pod,networkpolicy", "visitor", "--ignore-not-found", "--wait"]);
  };

  before(async () => {
    await removeAll();
    web = await some("dabacluster");
    [mysqlMaster, redisMaster] = [await onlyPod("mysql-master"), await onlyPod("redis-master")];
    [mysqlSlave, redisSlave] = [await some("mysql-slave"), await some("redis-slave")];
    image = await inside.kubectl(["get", "pod", web.metadata.name, "-o", "jsonpath={.spec.containers[0].image}"]);
    await succeed("kubectl", ["create", "namespace", ELSEWHERE]);
    [guest, stranger] = [await visit(inside), await visit(elsewhere)];
  });
  after(removeAll);

  it("lets the web reach all servers, by their Services and themselves", async () => {
    for (const service of ["mysql-master", "mysql-slave"]) {
      await eventuallyReaches(true, web, await clusterIp(service), MYSQL);
    }
    for (const service of ["redis-master", "redis-slave"]) {
      await eventuallyReaches(true, web, await clusterIp(service), REDIS);
    }
    await eventuallyReaches(true, web, ip(mysqlSlave), MYSQL);
    await eventuallyReaches(true, web, ip(redisSlave), REDIS);
  });

  it("lets servers reach their peers, and nobody else", async () => {
    await eventuallyReaches(true, mysqlSlave, await clusterIp("mysql-master"), MYSQL);
    await eventuallyReaches(true, mysqlMaster, ip(mysqlSlave), MYSQL);
    await eventuallyReaches(true, redisSlave, await clusterIp("redis-master"), REDIS);
    await eventuallyReaches(true, redisMaster, ip(redisSlave), REDIS);
    await eventuallyReaches(false, mysqlSlave, ip(redisMaster), REDIS);
    await eventuallyReaches(false, redisSlave, ip(mysqlMaster), MYSQL);
    await eventuallyReaches(false, mysqlMaster, ip(web), 80);
  });

  it("lets nobody else reach a server, until he has the label", async () => {
    for (const server of [mysqlMaster, mysqlSlave]) {
      await eventuallyReaches(false, guest, ip(server), MYSQL);
    }
    for (const server of [redisMaster, redisSlave]) {
      await eventuallyReaches(false, guest, ip(server), REDIS);
    }
    await eventuallyReaches(false, guest, await clusterIp("mysql-master"), MYSQL);
    const [[label, yes] = ["", ""]] = Object.entries(accessTo("mysql"));
    await inside.kubectl(["label", "pod", "visitor", `${label}=${yes}`]);
    await eventuallyReaches(true, guest, ip(mysqlMaster), MYSQL);
    await eventuallyReaches(true, guest, await clusterIp("mysql-slave"), MYSQL);
    expect(await reaches(guest, ip(redisMaster), REDIS), "Redis, by access to MySQL").to.equal(false);
    await inside.kubectl(["label", "pod", "visitor", `${label}-`]);
    await eventuallyReaches(false, guest, ip(mysqlMaster), MYSQL);
  });

  it("lets nobody of another namespace reach a server, label or not", async () => {
    await elsewhere.kubectl(["label", "pod", "visitor", ...Object.entries(accessTo("mysql")).map((l) => l.join("="))]);
    await eventuallyReaches(false, stranger, ip(mysqlMaster), MYSQL, elsewhere);
    await eventuallyReaches(false, stranger, ip(redisMaster), REDIS, elsewhere);
  });

  it("lets everybody reach the front, and nobody what is behind it", async () => {
    await eventuallyReaches(true, stranger, ip(web), 80, elsewhere);
    await eventuallyReaches(true, stranger, await clusterIp("dabacluster"), 80, elsewhere);
    await eventuallyReaches(false, stranger, ip(web), 8000, elsewhere);
    const answer = await fetch(`${URL}/`, { signal: AbortSignal.timeout(10_000) });
    expect(answer.status).to.equal(200);
  });

  it("lets pods look up names and go nowhere else, until another policy lets them", async () => {
    expect(await inside.exec(guest, ["getent", "hosts", "mysql-master"])).to.include(await clusterIp("mysql-master"));
    const api = (await succeed("kubectl", ["get", "service", "kubernetes", "-o", "jsonpath={.spec.clusterIP}"])).trim();
    expect(await reaches(stranger, api, 443, elsewhere), "the API server, from elsewhere").to.equal(true);
    for (const pod of [web, mysqlMaster, redisMaster, guest]) {
      await eventuallyReaches(false, pod, api, 443);
      await eventuallyReaches(false, pod, ip(stranger), PORT);
    }
    const policy = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "visitor" },
      spec: {
        podSelector: { matchLabels: { name: "visitor" } },
        policyTypes: ["Egress"],
        egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }],
      },
    };
    await inside.kubectl(["create", "-f", "-"], JSON.stringify(policy));
    await eventuallyReaches(true, guest, ip(stranger), PORT);
    await eventuallyReaches(true, guest, api, 443);
    expect(await reaches(guest, ip(mysqlMaster), MYSQL), "a server, by leave to go out").to.equal(false);
  });

  it("refuses pods that could break out of it", async () => {
    const refused = async (...changes: [pod: object, container: object]): Promise<string> => {
      const { code, output } = await run("kubectl", ["-n", NAMESPACE, "create", "--dry-run=server", "-f", "-"], {
        input: JSON.stringify({ ...visitor(image, ...changes), metadata: { name: "refused" } }),
      });
      expect(code, output).not.to.equal(0);
      return output;
    };
    const { code, output } = await run("kubectl", ["-n", NAMESPACE, "create", "--dry-run=server", "-f", "-"], {
      input: JSON.stringify({ ...visitor(image), metadata: { name: "taken" } }),
    });
    expect(code, output).to.equal(0);
    const denied = `ValidatingAdmissionPolicy '${NAMESPACE}-pod-security' .* denied request: `;
    expect(await refused({}, { securityContext: { privileged: true } })).to.match(
      new RegExp(`${denied}a container is privileged, which is root on the node`),
    );
    expect(await refused({ securityContext: { seccompProfile: { type: "RuntimeDefault" } } }, {})).to.match(
      new RegExp(`${denied}a container may run as root: set runAsNonRoot`),
    );
    expect(await refused({ volumes: [{ name: "etc", hostPath: { path: "/etc" } }] }, {})).to.match(
      new RegExp(`${denied}the pod mounts what it may not: of the node's directories, only /`),
    );
    expect(await refused({ hostNetwork: true }, {})).to.match(
      new RegExp(`${denied}the pod has namespaces of the node`),
    );
  });
});

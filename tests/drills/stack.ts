import { cluster } from "../support/cluster";
import { testStack } from "../support/stack";

/** Enough for the data of all drills, little enough to be filled in a moment. */
const DATA_MEBIBYTES = 3072;

/** The web takes no part in the drills; one pod of it shows that the stack is a whole one. */
const REPLICAS = { mysqlSlave: 2, redisSlave: 2, web: 1 };

/** Other stacks share the node: what pods may use stays as it is, what is set aside for them is little. */
const RESOURCES = {
  mysql: { requests: { cpu: "20m", memory: "512Mi" }, limits: { cpu: "2", memory: "1Gi" } },
  redis: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "1", memory: "256Mi" } },
  web: { requests: { cpu: "10m", memory: "192Mi" }, limits: { cpu: "2", memory: "512Mi" } },
  nginx: { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "1", memory: "128Mi" } },
};

export const stack = testStack({
  name: "drills",
  nodePort: 30092,
  dataMebibytes: DATA_MEBIBYTES,
  settings: { replicas: REPLICAS, resources: RESOURCES },
});

export const { kubectl, pods, readyPods, onlyPod, deletePod, exec, mysql, redis } = cluster(stack.namespace);

export const SLAVES = { "mysql-slave": REPLICAS.mysqlSlave, "redis-slave": REPLICAS.redisSlave };

/** The address of a Service, which the node reaches as pods do. */
export const clusterIp = (service: string): Promise<string> =>
  kubectl(["get", "service", service, "-o", "jsonpath={.spec.clusterIP}"]);

/** The ready pods of a master and its slaves, the master first; throws unless all are there, and no other. */
export async function wholeSet(master: string, slave: keyof typeof SLAVES) {
  const [masters, slaves] = [await pods(master), await pods(slave)];
  const ready = { masters: await readyPods(master), slaves: await readyPods(slave) };
  const [only] = ready.masters;
  if (only === undefined || masters.length !== 1) {
    throw new Error(`${master}: ${ready.masters.length} of ${masters.length} pods are ready, there should be 1`);
  }
  if (ready.slaves.length !== SLAVES[slave] || slaves.length !== SLAVES[slave]) {
    throw new Error(
      `${slave}: ${ready.slaves.length} of ${slaves.length} pods are ready, there should be ${SLAVES[slave]}`,
    );
  }
  return { master: only, slaves: ready.slaves };
}

import { AllSettings } from "./schema";

/** Settings that contradict each other: the key, and what is allowed beside the other. */
export const contradictions = (settings: AllSettings): [path: string, value: unknown, allowed: string][] => {
  const { storage, mysql, redis, replicas: pods } = settings;
  const found: [string, unknown, string][] = [];
  if (mysql.semiSync.slaves > pods.mysqlSlave) {
    found.push(["mysql.semiSync.slaves", mysql.semiSync.slaves, `at most replicas.mysqlSlave, ${pods.mysqlSlave}`]);
  }
  if (redis.minSlavesToWrite > pods.redisSlave) {
    found.push(["redis.minSlavesToWrite", redis.minSlavesToWrite, `at most replicas.redisSlave, ${pods.redisSlave}`]);
  }
  if (storage.kind === "claim" && storage.node !== undefined) {
    found.push(["storage.node", storage.node, "nothing with storage.kind claim: the claim's volume decides"]);
  }
  if (storage.kind === "hostPath" && storage.storageClass !== undefined) {
    found.push(["storage.storageClass", storage.storageClass, "nothing with storage.kind hostPath"]);
  }
  if (storage.kind === "hostPath" && storage.onDestroy === "delete") {
    found.push(["storage.onDestroy", storage.onDestroy, "keep with storage.kind hostPath"]);
  }
  return found;
};

import { ingressHosts } from "./ingress";
import { AllSettings, NEEDED_BESIDE } from "./schema";
import { settingAt } from "./values";

const NODE = "kubernetes.io/hostname";

/** Settings that contradict each other: the key, and what is allowed beside the other. */
export const contradictions = (settings: AllSettings): [path: string, value: unknown, allowed: string][] => {
  const { storage, placement, mysql, redis, ingress, certificates, backup, replicas: pods, autoscaling } = settings;
  const found: [string, unknown, string][] = [];
  if (mysql.semiSync.slaves > pods.mysqlSlave) {
    found.push(["mysql.semiSync.slaves", mysql.semiSync.slaves, `at most replicas.mysqlSlave, ${pods.mysqlSlave}`]);
  }
  if (redis.minSlavesToWrite > pods.redisSlave) {
    found.push(["redis.minSlavesToWrite", redis.minSlavesToWrite, `at most replicas.redisSlave, ${pods.redisSlave}`]);
  }
  if (autoscaling.web !== undefined && autoscaling.web.min > autoscaling.web.max) {
    found.push(["autoscaling.web.min", autoscaling.web.min, `at most autoscaling.web.max, ${autoscaling.web.max}`]);
  }
  if (autoscaling.web !== undefined && pods.web !== undefined) {
    found.push(["replicas.web", pods.web, "nothing with autoscaling.web: the load decides between its min and max"]);
  }
  if (certificates.renewDays >= certificates.days) {
    found.push([
      "certificates.renewDays",
      certificates.renewDays,
      `fewer than certificates.days, ${certificates.days}`,
    ]);
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
  if (storage.node !== undefined) {
    for (const part of ["mysql", "redis", "web"] as const) {
      const selector = placement[part].nodeSelector;
      if (selector?.[NODE] !== undefined && selector[NODE] !== storage.node) {
        found.push([
          `placement.${part}.nodeSelector`,
          selector,
          `no ${NODE} but that of storage.node, ${storage.node}`,
        ]);
      }
    }
    if (placement.web.spread?.required === true) {
      found.push(["placement.web.spread.required", true, `false with storage.node: all of the web's pods run there`]);
    }
  }
  if (backup?.storage.kind === "volume") {
    if (storage.kind === "claim" && storage.onDestroy === "delete") {
      const allowed = "s3 with storage.onDestroy delete, which would delete the claim with the backups too";
      found.push(["backup.storage.kind", "volume", allowed]);
    }
    for (const key of ["endpoint", "bucket", "prefix", "region"] as const) {
      if (backup.storage[key] !== undefined) {
        found.push([`backup.storage.${key}`, backup.storage[key], "nothing with backup.storage.kind volume"]);
      }
    }
  }
  if (backup?.storage.kind === "s3") {
    if (backup.storage.endpoint === undefined) {
      found.push(["backup.storage.endpoint", undefined, "an http or https URL, as backup.storage.kind is s3"]);
    }
    if (backup.storage.bucket === undefined) {
      found.push(["backup.storage.bucket", undefined, "the name of a bucket, as backup.storage.kind is s3"]);
    }
  }
  if (settings.restore !== undefined && backup === undefined) {
    found.push(["backup", undefined, "where the backups are, as restore is set"]);
  }
  for (const { secret, beside, what } of NEEDED_BESIDE) {
    const set = settingAt(settings, beside) !== undefined;
    if (set && settings[secret] === undefined) {
      found.push([secret, undefined, `a secret, as ${beside} is set`]);
    }
    if (!set && settings[secret] !== undefined) {
      found.push([beside, undefined, `${what}, as ${secret} is set`]);
    }
  }
  if (ingress !== undefined && ingressHosts(settings.hosts).length === 0) {
    found.push(["hosts", settings.hosts, "at least one DNS name such as www.example.org, as ingress is set"]);
  }
  return found;
};

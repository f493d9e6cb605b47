/** What the components do where nothing is said; the program's settings have the same defaults. */
export const DEFAULTS = {
  hostsFrom: "env",
  readyTimeout: 600,
  networkPolicies: true,
  recovery: "complete",
  mysql: {
    replicationUser: "replication",
    maxLagSeconds: 30,
    semiSync: { slaves: 1, timeoutSeconds: 10 },
    /** Three days, and a gibibyte. */
    binaryLogs: { expireSeconds: 259_200, maxMebibytes: 1024 },
  },
  /** Of the servers' certificates: a year, and renewed by any update in its last quarter. */
  certificates: { days: 365, renewDays: 90 },
  limits: { signIns: 10, anonymousPosts: 120 },
  autoscaling: { cpuPercent: 70 },
  backup: {
    schedule: "17 2 * * *",
    logsSchedule: "*/5 * * * *",
    redisSchedule: "47 * * * *",
    uploadsSchedule: "52 * * * *",
    keep: { daily: 7, weekly: 5, monthly: 12, logsDays: 7 },
  },
  redis: { appendfsync: "always", minSlavesToWrite: 1 },
} as const;

/** Proxies in front of the web's pods that add to X-Forwarded-For: one that ends TLS does. */
export const proxiesInFront = (https: boolean): number => (https ? 1 : 0);

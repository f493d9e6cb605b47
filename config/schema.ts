/** Every setting: its meaning, its default, what is allowed. */
import { z } from "zod";

import { DEFAULTS } from "../components/defaults";
import { backup, restore } from "./backup";
import { ingress, pem } from "./ingress";
import { placement } from "./placement";
import { resources, size } from "./quantities";
import {
  absolutePath,
  cidr,
  dnsLabel,
  hostPath,
  json,
  matching,
  nameOf,
  object,
  password,
  reference,
  replicas,
  REPLICAS_MAX,
  secret,
  wholeNumber,
  yesOrNo,
} from "./values";

/** Longest password that CHANGE REPLICATION SOURCE takes (MySQL 9.7 reference, SOURCE_PASSWORD). */
const REPLICATION_PASSWORD_MAX = 32;
/** Half of what rpl_semi_sync_source_timeout takes in milliseconds: in effect for ever. */
const SEMI_SYNC_TIMEOUT_MAX = 2_000_000;
/** A year; binlog_expire_logs_seconds takes more, but then a typing error is likelier. */
const BINARY_LOGS_AGE_MAX = 31_536_000;
/** Containers may take more than they request; ten times as much is a typing error. */
const CPU_PERCENT_MAX = 1000;
/** Two years: less than what is left of the authority's own when it is renewed. */
const CERTIFICATE_DAYS_MAX = 730;
/** As many as the application takes. */
const LIMIT_MAX = 99_999;

const image = () => reference("an image reference such as mirror.example/library/redis:8");

const secretsSchema = {
  mysqlRootPassword: password(),
  mysqlReplicationPassword: password(REPLICATION_PASSWORD_MAX),
  mysqlPassword: password(),
  redisPassword: password(),
  /** The application refuses a shorter one. */
  djangoSecretKey: secret(32, 256),
  /** What djangoSecretKey was before: who signed in under it stays signed in. @default none: everybody signs in again */
  djangoFormerSecretKey: secret(32, 256).optional(),
  /** Password or token of `registryUsername`. Tokens of some registries are long. */
  registryPassword: secret(1, 8192).optional(),
  /** Key of `ingress.certificate`. */
  ingressKey: pem("PRIVATE KEY", "the PEM text of a private key").optional(),
  /** Encrypts the backups. Keep it outside the cluster too: without it they cannot be read. */
  backupPassword: password().optional(),
  /** What backupPassword was before: a repository that it opens is given the new one. @default none: such a repository is refused */
  backupFormerPassword: password().optional(),
  /** Password of pod_backup, MySQL's account for backups. */
  mysqlBackupPassword: password().optional(),
  /** Key pair of S3-compatible storage. */
  backupAccessKey: secret(1, 256).optional(),
  backupSecretKey: secret(1, 1024).optional(),
};

export const schema = z.strictObject({
  /** Context of the kubeconfig to deploy to. Required: the ambient current context is never a silent target. */
  context: matching(/./, "the name of a context in the kubeconfig"),
  /** Path of the kubeconfig. @default the client's own: $KUBECONFIG, else ~/.kube/config */
  kubeconfig: absolutePath("an absolute path of a kubeconfig").optional(),
  /** Namespace of the stack, created by it. @default k8s-web-<stack> */
  namespace: dnsLabel().optional(),
  /** Registry and path that the images are pushed to and pulled from. */
  registry: reference("a registry and path such as registry.example:5000/k8s-web"),
  /** Who pushes to the registry, and pulls from it on the nodes. @default whoever `docker login` says; nodes as nobody */
  registryUsername: matching(/^[^\s:]+$/, "a user name without spaces and colons").optional(),
  /** What builds the images; `docker` is for engines without BuildKit. @default docker-build */
  imageBuilder: z.enum(["docker-build", "docker"], { error: "docker-build or docker" }).default("docker-build"),
  /** Name of the buildx builder. @default the one that `docker buildx use` has chosen */
  builder: matching(/^[\w.-]+$/, "the name of a buildx builder").optional(),
  /** Images that ours are built from. */
  baseImages: json(
    object({
      redis: image().default("redis:8"),
      mysql: image().default("mysql:9.7"),
      python: image().default("python:3.13-slim"),
      nginx: image().default("nginx:stable"),
      mysqldExporter: image().default("prom/mysqld-exporter:v0.17.2"),
      redisExporter: image().default("oliver006/redis_exporter:v1.69.0"),
      nginxExporter: image().default("nginx/nginx-prometheus-exporter:1.4.1"),
      restic: image().default("restic/restic:0.18.0"),
    }),
  ).prefault("{}"),
  /** Mirrors to take packages from during an image's build. */
  mirrors: json(
    object({
      /** Index of Python packages. @default pip's own */
      pip: z.url({ protocol: /^https?$/, error: "an http or https URL" }).optional(),
    }),
  ).prefault("{}"),
  /** A Django project of your own in place of dabaweb; see docs/your-own-application.md. @default none */
  application: json(
    object({
      /** Folder with its manage.py; absolute, or from the directory of Pulumi.yaml. */
      folder: matching(/^[^\0]+$/, "the path of a folder with a Django project"),
      /** Its settings module. */
      settings: matching(/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/, "a Python module such as shop.settings"),
      /** Ranges of addresses that its pods may open connections to, besides the stack's own servers. @default none */
      egress: z.array(cidr(), { error: "a list of address ranges" }).default([]),
    }),
  ).optional(),
  /** PEM file with the certificate authorities to trust during an image's build, where TLS is intercepted. @default none */
  caCertificate: absolutePath("an absolute path of a PEM file").optional(),
  /** How pods find the Services: `env` gives them cluster IPs, `dns` names. @default env */
  hostsFrom: z.enum(["env", "dns"], { error: "env or dns" }).default(DEFAULTS.hostsFrom),
  /**
   * Closes the namespace's network but for what the stack needs: people reach the web, the web and the servers' peers the
   * servers. `false` for clusters where others see to that. @default true
   */
  networkPolicies: yesOrNo().prefault(String(DEFAULTS.networkPolicies)),
  /** Host names or addresses under which people open the web; the first is the one in the `url` output. */
  hosts: json(
    z
      .array(matching(/^[A-Za-z0-9.*-]+$/, "a host name or IPv4 address"), { error: "a list of host names" })
      .min(1, { error: "at least one host name" }),
  ).prefault('["127.0.0.1","localhost"]'),
  /** Port on each node that the web answers on. The range is the API server's default. @default 30080; none with `ingress` */
  nodePort: json(wholeNumber(30000, 32767)).optional(),
  /** An ingress through which people reach the web by HTTPS, under those `hosts` that are names. @default none */
  ingress: ingress().optional(),
  /**
   * Proxies in front of the web's pods that add the address they were called from to X-Forwarded-For. One too few, and all
   * people look like the proxy; one too many, and they can forge their address. @default 1 with `ingress`, else 0
   */
  trustedProxies: json(wholeNumber(0, 10)).optional(),
  /** How often things may be tried in a minute. */
  limits: json(
    object({
      /** Attempts to sign in to one account; from one address it may be six times as many. @default 10 */
      signIns: wholeNumber(1, LIMIT_MAX).default(DEFAULTS.limits.signIns),
      /** Posts from one address by people who are not signed in. @default 120 */
      anonymousPosts: wholeNumber(1, LIMIT_MAX).default(DEFAULTS.limits.anonymousPosts),
    }),
  ).prefault("{}"),
  /** Seconds that new pods have to become ready before the update fails. @default 600 */
  readyTimeout: json(wholeNumber(10, 3600)).prefault(String(DEFAULTS.readyTimeout)),
  /** Pods of each replicated part. The masters are one each. */
  replicas: json(
    object({
      mysqlSlave: replicas().default(2),
      redisSlave: replicas().default(2),
      /** @default 3 */
      web: replicas().optional(),
    }),
  ).prefault("{}"),
  /** Parts whose load decides how many pods they have. Needs the metrics API (metrics-server) in the cluster. */
  autoscaling: json(
    object({
      /** Between `min` and `max` pods, in place of `replicas.web`. @default none */
      web: object({
        min: replicas(),
        max: replicas(),
        /** How much CPU the pods take on average, in percent of what they request, before there are more of them. @default 70 */
        cpuPercent: wholeNumber(1, CPU_PERCENT_MAX).default(DEFAULTS.autoscaling.cpuPercent),
      }).optional(),
    }),
  ).prefault("{}"),
  /** Names of PriorityClasses of the cluster, in place of the stack's own. @default classes `databases-<namespace>` and so on */
  priority: json(
    object({
      databases: nameOf("a PriorityClass").optional(),
      web: nameOf("a PriorityClass").optional(),
      /** What an update or a schedule runs. */
      jobs: nameOf("a PriorityClass").optional(),
    }),
  ).prefault("{}"),
  /** CPU and memory of each container. */
  resources: json(
    object({
      mysql: resources().default({
        requests: { cpu: "100m", memory: "512Mi" },
        limits: { cpu: "2", memory: "1Gi" },
      }),
      redis: resources().default({
        requests: { cpu: "25m", memory: "32Mi" },
        limits: { cpu: "1", memory: "256Mi" },
      }),
      web: resources().default({
        requests: { cpu: "50m", memory: "192Mi" },
        limits: { cpu: "2", memory: "512Mi" },
      }),
      nginx: resources().default({
        requests: { cpu: "10m", memory: "16Mi" },
        limits: { cpu: "1", memory: "128Mi" },
      }),
      backup: resources().default({
        requests: { cpu: "50m", memory: "128Mi" },
        limits: { cpu: "1", memory: "1Gi" },
      }),
    }),
  ).prefault("{}"),
  /**
   * Nodes that pods run on: `all`, and `mysql`, `redis`, `web` where these differ. What lies in a directory of
   * `storage.node` stays there. @default any node, pods of a part evenly over nodes as far as possible
   */
  placement: placement().prefault("{}"),
  /** Where data is kept that must outlive its pods. */
  storage: json(
    object({
      /**
       * `hostPath`: the directories of `hostPaths` on a node; `claim`: PersistentVolumeClaims, for clusters of more than
       * one node. The web's claim is ReadWriteMany, for its pods share it. @default hostPath
       */
      kind: z.enum(["hostPath", "claim"], { error: "hostPath or claim" }).default("hostPath"),
      /** For hostPath: name of the node that has the directories; their pods run there only. @default any: right for one node */
      node: nameOf("a node").optional(),
      /** For claims: their storage class. @default the cluster's default class */
      storageClass: nameOf("a storage class").optional(),
      /** For claims: what each asks for. */
      sizes: object({
        mysql: size().default("8Gi"),
        redis: size().default("1Gi"),
        web: size().default("1Gi"),
      }).prefault({}),
      /**
       * What `pulumi destroy` does to claims, and to the namespace that they lie in. Directories of a node are never
       * deleted. @default keep
       */
      onDestroy: z.enum(["keep", "delete"], { error: "keep or delete" }).default("keep"),
    }),
  ).prefault("{}"),
  /** Allows an update that points the stack at another place for its data. Nothing is moved. @default false */
  allowDataMove: yesOrNo().prefault("false"),
  /** Makes Pulumi refuse to delete or replace the namespace and the claims. @default false */
  protect: yesOrNo().prefault("false"),
  /** Directories on the node. Changing one points the stack at other data, so it needs `allowDataMove`. */
  hostPaths: json(
    object({
      mysqlImport: hostPath().default("/root/k8s/mysql/mysql-master/database"),
      mysqlData: hostPath().default("/root/k8s/mysql/mysql-master/data"),
      redisData: hostPath().default("/root/k8s/redis/redis-master/data"),
      web: hostPath().default("/root/k8s/web/web/dabaweb"),
    }),
  ).prefault("{}"),
  /** What Prometheus is told; see monitoring/README.md. */
  metrics: json(
    object({
      /** Exporters in the pods of MySQL, Redis and the web, and the application's own metrics. @default false */
      enabled: z.boolean({ error: "true or false" }).default(false),
    }),
  ).prefault("{}"),
  /** Account that the slaves replicate with. @default replication */
  mysqlReplicationUser: matching(/^[a-z][a-z0-9_]{0,31}$/, "1 to 32 of a-z, 0-9 and _, a letter first").default(
    DEFAULTS.mysql.replicationUser,
  ),
  /**
   * What a master without data may go on with. `complete`: only with the answer of every slave that there is, so that
   * no data is passed over; `available`: with those slaves that answer. @default complete
   */
  masterRecovery: z.enum(["complete", "available"], { error: "complete or available" }).default(DEFAULTS.recovery),
  mysql: json(
    object({
      /** Seconds that a slave may lag behind before it gets no more reads. @default 30 */
      maxLagSeconds: wholeNumber(1, 3600).default(DEFAULTS.mysql.maxLagSeconds),
      /** Slaves that must have a transaction before its commit is acknowledged; 0 turns this off. */
      semiSync: object({
        slaves: wholeNumber(0, REPLICAS_MAX).default(DEFAULTS.mysql.semiSync.slaves),
        /** Seconds that a commit waits for them; then the master goes on without until they have caught up. @default 10 */
        timeoutSeconds: wholeNumber(1, SEMI_SYNC_TIMEOUT_MAX).default(DEFAULTS.mysql.semiSync.timeoutSeconds),
      }).prefault({}),
      /** How much of the binary logs is kept. A slave that needs older ones clones the master anew. */
      binaryLogs: object({
        /** @default three days */
        expireSeconds: wholeNumber(60, BINARY_LOGS_AGE_MAX).default(DEFAULTS.mysql.binaryLogs.expireSeconds),
        /** @default 1024 */
        maxMebibytes: wholeNumber(16, 1_048_576).default(DEFAULTS.mysql.binaryLogs.maxMebibytes),
      }).prefault({}),
    }),
  ).prefault("{}"),
  redis: json(
    object({
      /** When a write is flushed to the disk: before it is acknowledged, or within a second. @default always */
      appendfsync: z.enum(["always", "everysec"], { error: "always or everysec" }).default(DEFAULTS.redis.appendfsync),
      /** Slaves that must follow for the master to take writes. @default 1 */
      minSlavesToWrite: wholeNumber(0, REPLICAS_MAX).default(DEFAULTS.redis.minSlavesToWrite),
    }),
  ).prefault("{}"),
  /** How long the certificates are good with which the databases' servers show who they are. */
  certificates: json(
    object({
      /** Days. @default 365 */
      days: wholeNumber(1, CERTIFICATE_DAYS_MAX).default(DEFAULTS.certificates.days),
      /** Days before its end from which on an update renews one; fewer than `days`. @default 90 */
      renewDays: wholeNumber(0, CERTIFICATE_DAYS_MAX).default(DEFAULTS.certificates.renewDays),
    }),
  ).prefault("{}"),
  /** Backups of MySQL and Redis. @default none */
  backup: backup().optional(),
  /** Set by `npm run restore`, and taken away by it. @default none */
  restore: restore().optional(),
  ...secretsSchema,
});

/** Every setting with the defaults filled in, secrets in clear among them. */
export type AllSettings = z.output<typeof schema>;
/** Keys that hold a password or key, and must be set with `--secret`. */
export type SecretKey = keyof typeof secretsSchema;
export type SecretsInClear = Pick<AllSettings, SecretKey>;
export const SECRET_KEYS = Object.keys(secretsSchema) as SecretKey[];
/** Secrets that no stack needs. */
export const NEVER_NEEDED: readonly SecretKey[] = ["djangoFormerSecretKey", "backupFormerPassword"];
/** Secrets that are needed beside another setting, and only then: its path, and what it is. All others but NEVER_NEEDED are needed always. */
export const NEEDED_BESIDE = [
  { secret: "registryPassword", beside: "registryUsername", what: "a user name" },
  { secret: "ingressKey", beside: "ingress.certificate", what: "the certificate of the key" },
  { secret: "backupPassword", beside: "backup", what: "at least {}" },
  { secret: "mysqlBackupPassword", beside: "backup", what: "at least {}" },
  { secret: "backupAccessKey", beside: "backup.storage.endpoint", what: "the address of storage" },
  { secret: "backupSecretKey", beside: "backup.storage.endpoint", what: "the address of storage" },
] as const satisfies readonly { secret: SecretKey; beside: string; what: string }[];

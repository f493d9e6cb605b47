/**
 * The stack's whole configuration: read once, checked once, before any resource is registered.
 * A bad value gives one line: the key, the value, what is allowed.
 */
import { readFileSync } from "node:fs";

import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const ABSOLUTE_PATH = /^(\/(?!\.{1,2}(\/|$))[^/\0]+)+\/?$/;
const NODE_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const QUANTITY = /^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/;
const REFERENCE = /^[a-z0-9.-]+(:[0-9]+)?(\/[a-z0-9._-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/;

/** Longest password that CHANGE REPLICATION SOURCE takes (MySQL 9.7 reference, SOURCE_PASSWORD). */
const REPLICATION_PASSWORD_MAX = 32;
/** Half of what rpl_semi_sync_source_timeout takes in milliseconds: in effect for ever. */
const SEMI_SYNC_TIMEOUT_MAX = 2_000_000;
/** A year; binlog_expire_logs_seconds takes more, but then a typing error is likelier. */
const BINARY_LOGS_AGE_MAX = 31_536_000;
/** Pods that one replicated part may have; far above what the stack is made for, low enough to catch a typing error. */
const REPLICAS_MAX = 100;

const text = (allowed: string) => z.string({ error: allowed });
const matching = (pattern: RegExp, allowed: string) => text(allowed).regex(pattern, { error: allowed });
const wholeNumber = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`;
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
};
const object = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, { error: `an object with the keys ${Object.keys(shape).join(", ")}` });

/** Pulumi hands structured settings over as JSON text. */
const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((value): unknown => {
      try {
        return JSON.parse(value);
      } catch {
        return value;
      }
    })
    .pipe(schema);

const reference = () => matching(REFERENCE, "an image reference such as mirror.example/library/redis:8");
const quantity = (examples: string) => matching(QUANTITY, `a Kubernetes quantity such as ${examples}`);
const quantities = () => object({ cpu: quantity("250m or 512Mi"), memory: quantity("250m or 512Mi") });
const hostPath = () => matching(ABSOLUTE_PATH, "an absolute path below /, without . or ..");
const replicas = () => wholeNumber(1, REPLICAS_MAX);
const yesOrNo = () => json(z.boolean({ error: "true or false" }));
const size = () => quantity("8Gi");
const resources = () => object({ requests: quantities(), limits: quantities() });
const secret = (min: number, max: number) => {
  const error = `a secret of ${min} to ${max} characters on one line`;
  return text(error)
    .min(min, { error })
    .max(max, { error })
    .regex(/^[^\r\n\0]*$/, { error });
};
const password = (max = 256) => secret(8, max);

const secretsSchema = {
  mysqlRootPassword: password(),
  mysqlReplicationPassword: password(REPLICATION_PASSWORD_MAX),
  mysqlPassword: password(),
  redisPassword: password(),
  /** The application refuses a shorter one. */
  djangoSecretKey: secret(32, 256),
};

const schema = z.strictObject({
  /** Context of the kubeconfig to deploy to. Required: the ambient current context is never a silent target. */
  context: matching(/./, "the name of a context in the kubeconfig"),
  /** Path of the kubeconfig. @default the client's own: $KUBECONFIG, else ~/.kube/config */
  kubeconfig: matching(ABSOLUTE_PATH, "an absolute path of a kubeconfig").optional(),
  /** Namespace of the stack, created by it. @default k8s-web-<stack> */
  namespace: matching(DNS_LABEL, "a DNS label: at most 63 of a-z, 0-9 and -").optional(),
  /** Registry and path that the images are pushed to and pulled from. */
  registry: matching(REFERENCE, "a registry and path such as registry.example:5000/k8s-web"),
  /** What builds the images; `docker` is for engines without BuildKit. @default docker-build */
  imageBuilder: z.enum(["docker-build", "docker"], { error: "docker-build or docker" }).default("docker-build"),
  /** Name of the buildx builder. @default the one that `docker buildx use` has chosen */
  builder: matching(/^[\w.-]+$/, "the name of a buildx builder").optional(),
  /** Images that ours are built from. */
  baseImages: json(
    object({
      redis: reference().default("redis:8"),
      mysql: reference().default("mysql:9.7"),
      python: reference().default("python:3.13-slim"),
      nginx: reference().default("nginx:stable"),
    }),
  ).prefault("{}"),
  /** Mirrors to take packages from during an image's build. */
  mirrors: json(
    object({
      /** Index of Python packages. @default pip's own */
      pip: z.url({ protocol: /^https?$/, error: "an http or https URL" }).optional(),
    }),
  ).prefault("{}"),
  /** PEM file with the certificate authorities to trust during an image's build, where TLS is intercepted. @default none */
  caCertificate: matching(ABSOLUTE_PATH, "an absolute path of a PEM file").optional(),
  /** How pods find the Services: `env` gives them cluster IPs, `dns` names. @default env */
  hostsFrom: z.enum(["env", "dns"], { error: "env or dns" }).default("env"),
  /** Host names or addresses under which people open the web; the first is the one in the `url` output. */
  hosts: json(
    z
      .array(matching(/^[A-Za-z0-9.*-]+$/, "a host name or IPv4 address"), { error: "a list of host names" })
      .min(1, { error: "at least one host name" }),
  ).prefault('["127.0.0.1","localhost"]'),
  /** Port on each node that the web answers on. The range is the API server's default. @default 30080 */
  nodePort: json(wholeNumber(30000, 32767)).prefault("30080"),
  /** Seconds that new pods have to become ready before the update fails. @default 600 */
  readyTimeout: json(wholeNumber(10, 3600)).prefault("600"),
  /** Pods of each replicated part. The masters are one each. */
  replicas: json(
    object({
      mysqlSlave: replicas().default(2),
      redisSlave: replicas().default(2),
      web: replicas().default(3),
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
    }),
  ).prefault("{}"),
  /** Where data is kept that must outlive its pods. */
  storage: json(
    object({
      /**
       * `hostPath`: the directories of `hostPaths` on a node; `claim`: PersistentVolumeClaims, for clusters of more than
       * one node. The web's claim is ReadWriteMany, for its pods share it. @default hostPath
       */
      kind: z.enum(["hostPath", "claim"], { error: "hostPath or claim" }).default("hostPath"),
      /** For hostPath: name of the node that has the directories; their pods run there only. @default any: right for one node */
      node: matching(NODE_NAME, "the name of a node").optional(),
      /** For claims: their storage class. @default the cluster's default class */
      storageClass: matching(NODE_NAME, "the name of a storage class").optional(),
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
  /** Account that the slaves replicate with. @default replication */
  mysqlReplicationUser: matching(/^[a-z][a-z0-9_]{0,31}$/, "1 to 32 of a-z, 0-9 and _, a letter first").default(
    "replication",
  ),
  /**
   * What a master without data may go on with. `complete`: only with the answer of every slave that there is, so that
   * no data is passed over; `available`: with those slaves that answer. @default complete
   */
  masterRecovery: z.enum(["complete", "available"], { error: "complete or available" }).default("complete"),
  mysql: json(
    object({
      /** Seconds that a slave may lag behind before it gets no more reads. @default 30 */
      maxLagSeconds: wholeNumber(1, 3600).default(30),
      /** Slaves that must have a transaction before its commit is acknowledged; 0 turns this off. */
      semiSync: object({
        slaves: wholeNumber(0, REPLICAS_MAX).default(1),
        /** Seconds that a commit waits for them; then the master goes on without until they have caught up. @default 10 */
        timeoutSeconds: wholeNumber(1, SEMI_SYNC_TIMEOUT_MAX).default(10),
      }).prefault({}),
      /** How much of the binary logs is kept. A slave that needs older ones clones the master anew. */
      binaryLogs: object({
        /** @default three days */
        expireSeconds: wholeNumber(60, BINARY_LOGS_AGE_MAX).default(259_200),
        /** @default 1024 */
        maxMebibytes: wholeNumber(16, 1_048_576).default(1024),
      }).prefault({}),
    }),
  ).prefault("{}"),
  redis: json(
    object({
      /** When a write is flushed to the disk: before it is acknowledged, or within a second. @default always */
      appendfsync: z.enum(["always", "everysec"], { error: "always or everysec" }).default("always"),
      /** Slaves that must follow for the master to take writes. @default 1 */
      minSlavesToWrite: wholeNumber(0, REPLICAS_MAX).default(1),
    }),
  ).prefault("{}"),
  ...secretsSchema,
});

/** Settings that contradict each other: the key, and what is allowed beside the other. */
const contradictions = (settings: z.output<typeof schema>): [path: string, value: unknown, allowed: string][] => {
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

/** Keys that hold a password or key, and must be set with `--secret`. */
export type SecretKey = keyof typeof secretsSchema;
/** Everything but the secrets, checked, with the defaults filled in. */
export type Settings = Omit<z.output<typeof schema>, SecretKey | "namespace"> & { namespace: string };
/** The secrets, each wrapped so that it stays one in state and in outputs. */
export type Secrets = Record<SecretKey, pulumi.Output<string>>;
/** CPU and memory of one container. */
export type Resources = Settings["resources"]["web"];

const SECRET_KEYS = Object.keys(secretsSchema) as SecretKey[];
const isSecret = (key: PropertyKey | undefined): boolean => (SECRET_KEYS as PropertyKey[]).includes(key ?? "");

/** How a value appears in an error: never when it is, or may be, a password. */
const shown = (key: PropertyKey | undefined, value: unknown): string =>
  value === undefined ? "not set" : isSecret(key) ? "[secret]" : JSON.stringify(value);

const refusal = (problems: readonly string[]) =>
  new pulumi.RunError(["The stack's configuration was refused, nothing was changed:", ...problems].join("\n"));

const explain = (project: string, issue: z.core.$ZodIssue): string[] => {
  const path = issue.path.map(String);
  const key = issue.path[0];
  if (issue.code === "unrecognized_keys") {
    const known = path.length === 0 ? Object.keys(schema.shape).join(", ") : issue.message.replace(/^.* keys /, "");
    return issue.keys.map((name) => `${project}:${[...path, name].join(".")}: unknown setting; allowed: ${known}`);
  }
  const hint = isSecret(key) ? `; set it with: pulumi config set --secret ${project}:${path.join(".")}` : "";
  return [`${project}:${path.join(".")}: ${shown(key, issue.input)}; allowed: ${issue.message}${hint}`];
};

/**
 * Checks the raw configuration of a stack.
 * @param raw every configuration key of the stack, as Pulumi hands them over
 * @param secretKeys the full keys that are encrypted in the stack's file
 * @returns the settings and the secrets in clear; the caller wraps those
 * @throws pulumi.RunError with one line for each bad value
 */
export function parseSettings(
  project: string,
  stack: string,
  raw: Readonly<Record<string, string>>,
  secretKeys: readonly string[],
): { settings: Settings; secrets: Record<SecretKey, string> } {
  const own = Object.fromEntries(
    Object.entries(raw)
      .filter(([key]) => key.startsWith(`${project}:`))
      .map(([key, value]) => [key.slice(project.length + 1), value]),
  );
  const parsed = schema.safeParse(own, { reportInput: true });
  const problems = parsed.success ? [] : parsed.error.issues.flatMap((issue) => explain(project, issue));
  for (const key of SECRET_KEYS) {
    if (own[key] !== undefined && !secretKeys.includes(`${project}:${key}`)) {
      problems.push(
        `${project}:${key}: in plain text; allowed: an encrypted value; ` +
          `set it with: pulumi config set --secret ${project}:${key}`,
      );
    }
  }
  if (parsed.success) {
    for (const [path, value, allowed] of contradictions(parsed.data)) {
      problems.push(`${project}:${path}: ${JSON.stringify(value)}; allowed: ${allowed}`);
    }
  }
  if (!parsed.success || problems.length > 0) {
    throw refusal(problems);
  }
  const { mysqlRootPassword, mysqlReplicationPassword, mysqlPassword, redisPassword, djangoSecretKey, ...rest } =
    parsed.data;
  return {
    settings: { ...rest, namespace: rest.namespace ?? `${project}-${stack}` },
    secrets: { mysqlRootPassword, mysqlReplicationPassword, mysqlPassword, redisPassword, djangoSecretKey },
  };
}

/**
 * The certificates to trust during an image's build.
 * @throws pulumi.RunError when the file can't be read
 */
export function readCertificates(project: string, path: string | undefined): string | undefined {
  if (path === undefined) {
    return undefined;
  }
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    throw refusal([`${project}:caCertificate: "${path}"; allowed: a PEM file that can be read (${reason})`]);
  }
}

/** The running stack's settings and secrets. */
export function loadSettings(): { settings: Settings; secrets: Secrets; caCertificates: string | undefined } {
  const project = pulumi.getProject();
  const { settings, secrets } = parseSettings(
    project,
    pulumi.getStack(),
    pulumi.runtime.allConfig(),
    JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "[]") as string[],
  );
  return {
    settings,
    secrets: {
      mysqlRootPassword: pulumi.secret(secrets.mysqlRootPassword),
      mysqlReplicationPassword: pulumi.secret(secrets.mysqlReplicationPassword),
      mysqlPassword: pulumi.secret(secrets.mysqlPassword),
      redisPassword: pulumi.secret(secrets.redisPassword),
      djangoSecretKey: pulumi.secret(secrets.djangoSecretKey),
    },
    caCertificates: readCertificates(project, settings.caCertificate),
  };
}

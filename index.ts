/** Composition root: configuration → images → redis, mysql → web. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import {
  accessTo,
  applicationDockerfile,
  Authority,
  Backup,
  BACKUP_STORAGE,
  BackupRepository,
  BackupStorage,
  DataVolume,
  hostDirectory,
  Image,
  imageContext,
  ImageName,
  METRICS_PORTS,
  MysqlReplication,
  NetworkPolicies,
  OldPassword,
  PodSecurity,
  podSecurityLabels,
  Priorities,
  pullSecret,
  RedisReplication,
  registryServer,
  Restore,
  Storage,
  Web,
} from "./components";
import { loadSettings, Settings } from "./config";

const { settings, secrets, caCertificates } = loadSettings();
type BackupSettings = NonNullable<Settings["backup"]>;
const { baseImages, hostPaths, hostsFrom, mirrors, protect, readyTimeout, replicas, resources } = settings;

const connection = {
  context: settings.context,
  ...(settings.kubeconfig === undefined ? {} : { kubeconfig: settings.kubeconfig }),
  // In place, so that running pods see a changed password; what must be replaced says so itself.
  enableSecretMutable: true,
  enableConfigMapMutable: true,
  // What somebody has edited by hand is taken back; without this, `up` would stop at whoever wrote the field last.
  enablePatchForce: true,
};
const cluster = new k8s.Provider("cluster", connection);
const onCluster = { providers: { kubernetes: cluster } };

const login =
  settings.registryUsername === undefined || secrets.registryPassword === undefined
    ? undefined
    : {
        server: registryServer(settings.registry),
        username: settings.registryUsername,
        password: secrets.registryPassword,
      };
const building = {
  registry: settings.registry,
  login,
  tag: pulumi.getStack(),
  imageBuilder: settings.imageBuilder,
  builder: settings.builder,
  caCertificates,
};
const image = (
  name: ImageName,
  baseImage: pulumi.Input<string>,
  buildArgs: Record<string, pulumi.Input<string>> = {},
) => new Image(name, { building, context: imageContext(name), baseImage, buildArgs }).ref;
const pip = mirrors.pip === undefined ? {} : { PIP_INDEX_URL: mirrors.pip };

const redisMaster = image("redis-master", baseImages.redis);
const redisSlave = image("redis-slave", redisMaster);
const mysqlMaster = image("mysql-master", baseImages.mysql);
const mysqlSlave = image("mysql-slave", mysqlMaster);
const dabaweb = image("dabaweb", baseImages.python, pip);
const webImage =
  settings.application === undefined
    ? dabaweb
    : new Image("application", {
        building,
        context: settings.application.folder,
        dockerfile: applicationDockerfile(),
        baseImage: dabaweb,
        buildArgs: { DJANGO_SETTINGS_MODULE: settings.application.settings, ...pip },
      }).ref;
const dabanginx = image("dabanginx", baseImages.nginx);
const exporter = (name: ImageName, baseImage: string) =>
  settings.metrics.enabled ? image(name, baseImage) : undefined;

const onNode = settings.storage.kind === "hostPath";
const keepsClaims = settings.storage.kind === "claim" && settings.storage.onDestroy === "keep";
// What `pulumi destroy` left behind, the next `pulumi up` takes over. Nothing else is: whatever is there already is an error.
const keeper = keepsClaims ? new k8s.Provider("keeper", { ...connection, upsertExistingObjects: true }) : cluster;
const namespace = new k8s.core.v1.Namespace(
  "namespace",
  { metadata: { name: settings.namespace, labels: podSecurityLabels(onNode) } },
  { provider: keeper, protect, retainOnDelete: keepsClaims },
).metadata.name;
if (onNode) {
  const mounted = [
    ...Object.values(hostPaths),
    ...(settings.backup === undefined ? [] : [settings.backup.storage.path]),
  ];
  new PodSecurity("pod-security", { namespace, hostPaths: mounted }, onCluster);
}

const dataVolume = (name: string, size: string, path: string, shared = false) => {
  const { kind, node, storageClass } = settings.storage;
  const storage: Storage = kind === "hostPath" ? { kind, path, node } : { kind, storageClass, size, keep: keepsClaims };
  const { allowDataMove: allowMove } = settings;
  return new DataVolume(
    name,
    { namespace, storage, shared, allowMove },
    { providers: { kubernetes: keeper }, protect },
  );
};
const { sizes } = settings.storage;
const mysqlData = dataVolume("mysql-master", sizes.mysql, hostPaths.mysqlData);
const redisData = dataVolume("redis-master", sizes.redis, hostPaths.redisData);

const imagePullSecrets =
  login === undefined ? [] : [pullSecret("registry", { namespace, login }, { provider: cluster }).metadata.name];
const priorities = new Priorities("priority", { namespace, existing: settings.priority }, onCluster).classes;
const workload = { namespace, hostsFrom, readyTimeout, imagePullSecrets, priorities };

const authority = new Authority("authority", { validity: settings.certificates });

const backupStorage = ({ endpoint, bucket, prefix, region, path, size }: BackupSettings["storage"]): BackupStorage => {
  const { backupAccessKey: accessKey, backupSecretKey: secretKey } = secrets;
  return endpoint === undefined || bucket === undefined || accessKey === undefined || secretKey === undefined
    ? { kind: "volume", data: dataVolume("backup", size, path, true) }
    : { kind: "s3", endpoint, bucket, prefix, region, accessKey, secretKey };
};
const backupParts = (backup: BackupSettings, password: pulumi.Input<string>) => {
  const tools = { TOOLS_IMAGE: image("restic", baseImages.restic) };
  const repository = { namespace, storage: backupStorage(backup.storage), password };
  return {
    repository: new BackupRepository("backup-repository", repository, onCluster).access,
    mysqlImage: image("mysql-backup", mysqlMaster, tools),
    redisImage: image("redis-backup", redisMaster, tools),
  };
};
const backups =
  settings.backup === undefined || secrets.backupPassword === undefined
    ? undefined
    : backupParts(settings.backup, secrets.backupPassword);
const restored =
  backups === undefined || settings.restore === undefined
    ? []
    : [
        new Restore(
          "restore",
          {
            ...workload,
            repository: backups.repository,
            stack: settings.restore.from ?? settings.namespace,
            to: settings.restore.to,
            request: settings.restore.request,
            mysql: {
              image: backups.mysqlImage,
              data: mysqlData,
              placement: settings.placement.mysql,
              resources: resources.mysql,
            },
            redis: {
              image: backups.redisImage,
              data: redisData,
              placement: settings.placement.redis,
              resources: resources.redis,
            },
          },
          onCluster,
        ),
      ];

const redis = new RedisReplication(
  "redis",
  {
    ...workload,
    placement: settings.placement.redis,
    masterImage: redisMaster,
    slaveImage: redisSlave,
    slaves: replicas.redisSlave,
    data: redisData,
    recovery: settings.masterRecovery,
    ...settings.redis,
    password: secrets.redisPassword,
    authority,
    exporterImage: exporter("redis-exporter", baseImages.redisExporter),
    resources: resources.redis,
  },
  { ...onCluster, dependsOn: restored },
);

const application = { database: "form", user: "dabaweb", password: secrets.mysqlPassword };
const mysql = new MysqlReplication(
  "mysql",
  {
    ...workload,
    placement: settings.placement.mysql,
    masterImage: mysqlMaster,
    slaveImage: mysqlSlave,
    slaves: replicas.mysqlSlave,
    data: mysqlData,
    importDirectory: mysqlData.onNode
      ? hostDirectory("import", hostPaths.mysqlImport, "/etc/mysql/database")
      : undefined,
    recovery: settings.masterRecovery,
    ...settings.mysql,
    rootPassword: secrets.mysqlRootPassword,
    replicationUser: settings.mysqlReplicationUser,
    replicationPassword: secrets.mysqlReplicationPassword,
    application,
    authority,
    exporterImage: exporter("mysql-exporter", baseImages.mysqldExporter),
    backupPassword: secrets.mysqlBackupPassword,
    resources: resources.mysql,
  },
  { ...onCluster, dependsOn: restored },
);

const web = new Web(
  "dabacluster",
  {
    ...workload,
    placement: settings.placement.web,
    webImage,
    nginxImage: dabanginx,
    exporterImage: exporter("nginx-exporter", baseImages.nginxExporter),
    replicas: replicas.web,
    trustedProxies: settings.trustedProxies,
    limits: settings.limits,
    site: dataVolume("dabaweb", sizes.web, hostPaths.web, true),
    nodePort: settings.nodePort,
    hosts: settings.hosts,
    https: settings.ingress === undefined ? undefined : { ...settings.ingress, key: secrets.ingressKey },
    database: {
      name: application.database,
      user: application.user,
      password: mysql.applicationPassword,
      master: mysql.master,
      slave: mysql.slave,
      peers: mysql.peers,
      access: accessTo("mysql"),
      authority: mysql.authority,
      location: mysqlData.location,
    },
    cache: {
      password: redis.password,
      master: redis.master,
      slave: redis.slave,
      peers: redis.peers,
      access: accessTo("redis"),
      authority: redis.authority,
    },
    secretKey: secrets.djangoSecretKey,
    formerSecretKey: secrets.djangoFormerSecretKey,
    webResources: resources.web,
    nginxResources: resources.nginx,
  },
  { ...onCluster, dependsOn: [redis, mysql] },
);

const oldPassword = new OldPassword(
  "mysql-retire-password",
  {
    ...workload,
    placement: settings.placement.mysql,
    image: mysqlMaster,
    master: mysql.master,
    access: accessTo("mysql"),
    authority: mysql.authority,
    user: application.user,
    password: mysql.applicationPassword,
    passwordsRevision: mysql.passwordsRevision,
    resources: resources.nginx,
  },
  { ...onCluster, dependsOn: [web] },
);

if (settings.networkPolicies) {
  const pods = { name: "dabacluster" };
  const ranges = settings.application?.egress ?? [];
  new NetworkPolicies(
    "network",
    {
      namespace,
      servers: [
        { name: "mysql", port: mysql.master.port },
        { name: "redis", port: redis.master.port },
      ],
      open: [
        { name: "web", pods, ports: [web.endpoint.port] },
        ...(settings.metrics.enabled ? [{ name: "metrics", pods: {}, ports: METRICS_PORTS, podsOnly: true }] : []),
      ],
      outside: [
        ...(ranges.length === 0 ? [] : [{ name: "web-outside", pods, ranges }]),
        // Storage has names, and policies go by addresses.
        ...(settings.backup?.storage.kind === "s3"
          ? [{ name: BACKUP_STORAGE, pods: accessTo(BACKUP_STORAGE), ranges: ["0.0.0.0/0", "::/0"] }]
          : []),
      ],
    },
    { ...onCluster, dependsOn: [web, oldPassword] },
  );
}

if (backups !== undefined && settings.backup !== undefined && mysql.backupPassword !== undefined) {
  new Backup(
    "backup",
    {
      ...workload,
      ...backups,
      ...settings.backup,
      stack: settings.namespace,
      mysql: {
        master: mysql.master,
        slave: mysql.slave,
        password: mysql.backupPassword,
        access: accessTo("mysql"),
        authority: mysql.authority,
        placement: settings.placement.mysql,
      },
      redis: {
        slave: redis.slave,
        password: redis.password,
        access: accessTo("redis"),
        authority: redis.authority,
        placement: settings.placement.redis,
      },
      resources: resources.backup,
    },
    { ...onCluster, dependsOn: [redis, mysql] },
  );
}

/** Where people open the web. */
export const url =
  settings.ingress === undefined
    ? `http://${settings.hosts[0]}:${settings.nodePort}`
    : `https://${settings.ingress.hosts[0]}`;
/** Namespace of the stack. */
export const stackNamespace = settings.namespace;

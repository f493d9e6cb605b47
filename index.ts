/** Composition root: configuration → images → redis, mysql → web. */
import { accessTo, Authority, hostDirectory, MysqlReplication, OldPassword, RedisReplication, Web } from "./components";
import { openBackups, restore, scheduleBackups } from "./program/backups";
import { buildImages } from "./program/images";
import { closeNetwork } from "./program/network";
import { openStack } from "./program/stack";

const stack = openStack();
const { settings, secrets, onCluster, workload, dataVolume } = stack;
const { hostPaths, replicas, resources } = settings;
const { sizes } = settings.storage;

const images = buildImages(settings, stack.login, stack.caCertificates);
const authority = new Authority("authority", { validity: settings.certificates });
const mysqlData = dataVolume("mysql-master", sizes.mysql, hostPaths.mysqlData);
const redisData = dataVolume("redis-master", sizes.redis, hostPaths.redisData);
const site = dataVolume("dabaweb", sizes.web, hostPaths.web, true);
const backups = openBackups(stack, images.backup);
const restored = restore(stack, backups, { mysql: mysqlData, redis: redisData, web: site });

const redis = new RedisReplication(
  "redis",
  {
    ...workload,
    placement: settings.placement.redis,
    masterImage: images.redisMaster,
    slaveImage: images.redisSlave,
    slaves: replicas.redisSlave,
    data: redisData,
    recovery: settings.masterRecovery,
    ...settings.redis,
    password: secrets.redisPassword,
    authority,
    exporterImage: images.exporters?.redis,
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
    masterImage: images.mysqlMaster,
    slaveImage: images.mysqlSlave,
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
    exporterImage: images.exporters?.mysql,
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
    webImage: images.web,
    nginxImage: images.nginx,
    exporterImage: images.exporters?.nginx,
    replicas: replicas.web,
    trustedProxies: settings.trustedProxies,
    limits: settings.limits,
    site,
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
    image: images.mysqlMaster,
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

closeNetwork(stack, { mysql, redis, web }, [web, oldPassword]);
scheduleBackups(stack, backups, { mysql, redis, site });

/** Where people open the web. */
export const url =
  settings.ingress === undefined
    ? `http://${settings.hosts[0]}:${settings.nodePort}`
    : `https://${settings.ingress.hosts[0]}`;
/** Namespace of the stack. */
export const stackNamespace = settings.namespace;

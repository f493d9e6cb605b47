/** Composition root: configuration → images → redis, mysql → web. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { Image } from "./components/image";
import { MysqlReplication } from "./components/mysqlReplication";
import { RedisReplication } from "./components/redisReplication";
import { Web } from "./components/web";
import { loadSettings } from "./config";

const { settings, secrets, caCertificates } = loadSettings();
const { baseImages, hostPaths, hostsFrom, mirrors, readyTimeout, replicas, resources } = settings;

const cluster = new k8s.Provider("cluster", {
  context: settings.context,
  ...(settings.kubeconfig === undefined ? {} : { kubeconfig: settings.kubeconfig }),
});
const onCluster = { providers: { kubernetes: cluster } };

const building = {
  registry: settings.registry,
  tag: pulumi.getStack(),
  imageBuilder: settings.imageBuilder,
  builder: settings.builder,
  caCertificates,
};
const image = (name: string, baseImage: pulumi.Input<string>, buildArgs: Record<string, string> = {}) =>
  new Image(name, { building, context: `docker/${name}`, baseImage, buildArgs }).ref;

const redisMaster = image("redis-master", baseImages.redis);
const redisSlave = image("redis-slave", redisMaster);
const mysqlMaster = image("mysql-master", baseImages.mysql);
const mysqlSlave = image("mysql-slave", mysqlMaster);
const dabaweb = image("dabaweb", baseImages.python, mirrors.pip === undefined ? {} : { PIP_INDEX_URL: mirrors.pip });
const dabanginx = image("dabanginx", baseImages.nginx);

const namespace = new k8s.core.v1.Namespace(
  "namespace",
  { metadata: { name: settings.namespace } },
  { provider: cluster },
).metadata.name;

const redis = new RedisReplication(
  "redis",
  {
    namespace,
    masterImage: redisMaster,
    slaveImage: redisSlave,
    slaves: replicas.redisSlave,
    dataPath: hostPaths.redisData,
    password: secrets.redisPassword,
    resources: resources.redis,
    hostsFrom,
    readyTimeout,
  },
  onCluster,
);

const application = { database: "form", user: "dabaweb", password: secrets.mysqlPassword };
const mysql = new MysqlReplication(
  "mysql",
  {
    namespace,
    masterImage: mysqlMaster,
    slaveImage: mysqlSlave,
    slaves: replicas.mysqlSlave,
    dataPath: hostPaths.mysqlData,
    importPath: hostPaths.mysqlImport,
    rootPassword: secrets.mysqlRootPassword,
    replicationUser: settings.mysqlReplicationUser,
    replicationPassword: secrets.mysqlReplicationPassword,
    application,
    resources: resources.mysql,
    hostsFrom,
    readyTimeout,
  },
  onCluster,
);

new Web(
  "dabacluster",
  {
    namespace,
    webImage: dabaweb,
    nginxImage: dabanginx,
    replicas: replicas.web,
    sitePath: hostPaths.web,
    nodePort: settings.nodePort,
    hosts: settings.hosts,
    database: {
      name: application.database,
      user: application.user,
      password: mysql.applicationPassword,
      master: mysql.master,
      slave: mysql.slave,
      dataPath: hostPaths.mysqlData,
    },
    cache: { password: redis.password, master: redis.master, slave: redis.slave },
    secretKey: secrets.djangoSecretKey,
    webResources: resources.web,
    nginxResources: resources.nginx,
    hostsFrom,
    readyTimeout,
  },
  { ...onCluster, dependsOn: [redis, mysql] },
);

/** Where people open the web. */
export const url = `http://${settings.hosts[0]}:${settings.nodePort}`;
/** Namespace of the stack. */
export const stackNamespace = settings.namespace;

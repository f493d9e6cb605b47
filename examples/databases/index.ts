/** MySQL and Redis with a slave each, and nothing else of k8s-web. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  Authority,
  DataVolume,
  Image,
  imageContext,
  MysqlReplication,
  RedisReplication,
  type ImageName,
} from "k8s-web";

const config = new pulumi.Config();

// In place, so that the running MySQL sees a changed password.
const cluster = new k8s.Provider("cluster", { context: config.require("context"), enableSecretMutable: true });
const onCluster = { providers: { kubernetes: cluster } };
const namespace = new k8s.core.v1.Namespace(
  "namespace",
  { metadata: { name: `databases-${pulumi.getStack()}` } },
  { provider: cluster },
).metadata.name;

// The images come with the package, as folders to build from. Whoever has them in a registry names them by digest instead.
const image = (name: ImageName, baseImage: pulumi.Input<string>) =>
  new Image(name, {
    building: {
      registry: config.require("registry"),
      tag: pulumi.getStack(),
      imageBuilder: "docker-build",
      builder: config.get("builder"),
      login: undefined,
    },
    context: imageContext(name),
    baseImage,
  }).ref;
const mysqlMaster = image("mysql-master", "mysql:9.7");
const redisMaster = image("redis-master", "redis:8");

const volume = (name: string) =>
  new DataVolume(
    name,
    { namespace, storage: { kind: "hostPath", path: `${config.require("dataDirectory")}/${name}` } },
    onCluster,
  );
const resources = { requests: { cpu: "20m", memory: "64Mi" }, limits: { cpu: "1", memory: "1Gi" } };

const authority = new Authority("authority");
const mysql = new MysqlReplication(
  "mysql",
  {
    namespace,
    masterImage: mysqlMaster,
    slaveImage: image("mysql-slave", mysqlMaster),
    slaves: 1,
    data: volume("mysql"),
    rootPassword: config.requireSecret("mysqlRootPassword"),
    replicationPassword: config.requireSecret("mysqlReplicationPassword"),
    application: { database: "shop", user: "shop", password: config.requireSecret("mysqlPassword") },
    authority,
    resources,
  },
  onCluster,
);
const redis = new RedisReplication(
  "redis",
  {
    namespace,
    masterImage: redisMaster,
    slaveImage: image("redis-slave", redisMaster),
    slaves: 1,
    data: volume("redis"),
    password: config.requireSecret("redisPassword"),
    authority,
    resources,
  },
  onCluster,
);

/** For the writes and the reads of pods in the cluster. */
export const endpoints = { mysql: [mysql.master, mysql.slave], redis: [redis.master, redis.slave] };
/** The certificate to know the servers by. */
export const certificate = authority.certificate;
/** The Secret, and its key, with the password of the account `shop`. */
export const password = mysql.applicationPassword;

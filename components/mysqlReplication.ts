import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { Authority } from "./authority";
import { DataVolume } from "./dataVolume";
import { DEFAULTS } from "./defaults";
import { imagePull } from "./imagePull";
import { peerLabel, peersOf } from "./peers";
import { Endpoint, fieldVariable, SecretHandle, secretVariable, serviceVariables, variable } from "./pod/environment";
import { mysqlExporter } from "./pod/exporters";
import { secretOfStart } from "./pod/secret";
import { Recovery, serverPod } from "./pod/server";
import { MountedVolume, scratchDirectory, secretDirectory } from "./pod/volumes";
import { ReplicatedService } from "./replicatedService";
import { Workload, workloadOf } from "./workload";

const PORT = 3306;
const DATA = "/var/lib/mysql";
/** Where a running server looks for changed passwords. */
const PASSWORDS = "/run/secrets/mysql";
/** Where the seed has dumps. */
const IMPORT = "/etc/mysql/database";
/** Seconds that a stopping server has to flush what it holds in memory. */
const GRACE_SECONDS = 60;

/** A database and the account that may use it, and nothing else. */
export interface Application {
  /** Name of the database. */
  readonly database: string;
  /** Name of the account. */
  readonly user: string;
  /** Its password. A changed one is taken over by the running servers; the old one stays good until `OldPassword` ends it. */
  readonly password: pulumi.Input<string>;
}

/** When a commit counts as done. */
export interface SemiSync {
  /** Slaves that must have a transaction before its commit is acknowledged; 0 turns this off. */
  readonly slaves: number;
  /** Seconds that a commit waits for them; then the master goes on without until they have caught up. */
  readonly timeoutSeconds: number;
}

/** How much of the binary logs a server keeps. */
export interface BinaryLogs {
  /** Age, in seconds, at which a log may go. */
  readonly expireSeconds: number;
  /** Size of all, in mebibytes, above which the oldest go. */
  readonly maxMebibytes: number;
}

/** What a MySQL with slaves is made of. */
export interface MysqlReplicationArgs extends Workload {
  /** Image mysql-master. By digest: what a tag names changes. */
  readonly masterImage: pulumi.Input<string>;
  /** Image mysql-slave, built from `masterImage`. */
  readonly slaveImage: pulumi.Input<string>;
  /** Number of slaves, at least 1. */
  readonly slaves: number;
  /** Where the master's data lies. */
  readonly data: DataVolume;
  /** Directory on the node that dumps are imported from, mounted at /etc/mysql/database. @default an empty directory of the pod */
  readonly importDirectory?: MountedVolume | undefined;
  /** What a master without data may go on with. @default complete */
  readonly recovery?: Recovery | undefined;
  /** When a commit is acknowledged. @default one slave has it, waited for 10 seconds */
  readonly semiSync?: SemiSync | undefined;
  /** How much of the binary logs is kept. @default three days, 1024 MiB */
  readonly binaryLogs?: BinaryLogs | undefined;
  /** Seconds that a slave may lag behind before it gets no more reads. @default 30 */
  readonly maxLagSeconds?: number | undefined;
  /** Password of root, who logs in from inside the pods only. */
  readonly rootPassword: pulumi.Input<string>;
  /** Account that the slaves replicate with. @default replication */
  readonly replicationUser?: string | undefined;
  /** Its password. At most 32 characters: the limit of CHANGE REPLICATION SOURCE. */
  readonly replicationPassword: pulumi.Input<string>;
  /** Whom the servers are for; made at the first start. */
  readonly application: Application;
  /** Vouches for the servers. They take no connections from other pods without TLS. */
  readonly authority: Authority;
  /** Image mysql-exporter, which tells Prometheus about each server. @default none: no metrics */
  readonly exporterImage?: pulumi.Input<string> | undefined;
  /** Password of pod_backup, the account that backups are made with. @default none: there is no such account */
  readonly backupPassword?: pulumi.Input<string> | undefined;
  /** What each server asks for, and what it may take. */
  readonly resources: k8s.types.input.core.v1.ResourceRequirements;
}

/**
 * A MySQL that takes writes, and slaves that follow it by GTID and serve reads.
 *
 * Passwords and certificates can be changed while it runs: the servers read them from files that follow the Secrets. Needs a provider with
 * `enableSecretMutable`; with any other, a changed password or certificate replaces the pods.
 */
export class MysqlReplication extends pulumi.ComponentResource {
  /** Takes writes. */
  readonly master: Endpoint;
  /** Serves reads. */
  readonly slave: Endpoint;
  /** A name that resolves to the address of each server, ready or not. */
  readonly peers: pulumi.Output<string>;
  /** Certificate of the authority that vouches for the servers, PEM. */
  readonly authority: pulumi.Output<string>;
  /** The application's password, for pods of the same namespace. Another handle when the password changes. */
  readonly applicationPassword: SecretHandle;
  /** The password of pod_backup, for pods of the same namespace. */
  readonly backupPassword: SecretHandle | undefined;
  /** Another name whenever any of the passwords changes. */
  readonly passwordsRevision: pulumi.Output<string>;

  constructor(name: string, args: MysqlReplicationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("k8s-web:components:MysqlReplication", name, {}, opts);
    const { namespace, application, recovery = DEFAULTS.recovery } = args;
    const {
      replicationUser = DEFAULTS.mysql.replicationUser,
      semiSync = DEFAULTS.mysql.semiSync,
      binaryLogs = DEFAULTS.mysql.binaryLogs,
      maxLagSeconds = DEFAULTS.mysql.maxLagSeconds,
    } = args;
    const workload = workloadOf(args);

    // Empty, for only its generated name matters: a hash of the passwords would help to guess them.
    this.passwordsRevision = new k8s.core.v1.ConfigMap(
      `${name}-passwords`,
      { metadata: { namespace } },
      {
        parent: this,
        replacementTrigger: [
          args.rootPassword,
          args.replicationPassword,
          application.password,
          ...(args.backupPassword === undefined ? [] : [args.backupPassword]),
        ],
      },
    ).metadata.name;
    const secret = new k8s.core.v1.Secret(
      name,
      {
        metadata: { namespace },
        stringData: {
          root: args.rootPassword,
          replication: args.replicationPassword,
          application: application.password,
          ...(args.backupPassword === undefined ? {} : { backup: args.backupPassword }),
          revision: this.passwordsRevision,
        },
      },
      { parent: this },
    );
    // Apart from the others, so that the web's pods refer to a Secret that holds nothing else.
    const applicationSecret = secretOfStart(`${name}-application`, namespace, { password: application.password }, this);
    this.applicationPassword = { secret: applicationSecret.metadata.name, key: "password" };

    this.backupPassword =
      args.backupPassword === undefined
        ? undefined
        : {
            secret: new k8s.core.v1.Secret(
              `${name}-backup`,
              { metadata: { namespace }, stringData: { password: args.backupPassword } },
              { parent: this },
            ).metadata.name,
            key: "password",
          };

    const peers = peersOf(name, { namespace, port: PORT }, { parent: this });
    const environment = [
      secretVariable("MYSQL_ROOT_PASSWORD", { secret: secret.metadata.name, key: "root" }),
      variable("MYSQL_REPLICATION_USER", replicationUser),
      secretVariable("MYSQL_REPLICATION_PASSWORD", { secret: secret.metadata.name, key: "replication" }),
      // The server-id is made of the pod's address, so that no two pods share one.
      fieldVariable("POD_IP", "status.podIP"),
      variable("MYSQL_PEERS", peers.metadata.name),
      variable("MYSQL_BINLOG_EXPIRE_SECONDS", String(binaryLogs.expireSeconds)),
      variable("MYSQL_BINLOG_MAX_MEBIBYTES", String(binaryLogs.maxMebibytes)),
    ];
    const passwords = (...keys: string[]) => secretDirectory("passwords", secret.metadata.name, keys, PASSWORDS);

    const certificate = (service: k8s.core.v1.Service, own: string) =>
      args.authority.certify(own, { namespace, service, names: [peers.metadata.name] }, { parent: this });

    const run = scratchDirectory("run", "/run/mysqld");
    const server = {
      name: "mysql",
      port: PORT,
      sidecars: mysqlExporter(args.exporterImage, run),
      resources: args.resources,
      graceSeconds: GRACE_SECONDS,
    };
    const scratch = [run, scratchDirectory("tmp", "/tmp")];
    const common = {
      ...workload,
      podLabels: peerLabel(name),
      tier: "databases",
      port: PORT,
    } as const;

    const pulled = imagePull(
      `${name}-master`,
      { ...workload, image: args.masterImage, near: { name: `${name}-master` }, pinned: args.data.nodeSelector },
      { parent: this },
    );
    const master = new ReplicatedService(
      `${name}-master`,
      {
        ...common,
        replicas: 1,
        podSpec: (service) =>
          serverPod({
            ...server,
            image: args.masterImage,
            env: [
              ...environment,
              variable("MYSQL_DATABASE", application.database),
              variable("MYSQL_USER", application.user),
              secretVariable("MYSQL_PASSWORD", { secret: secret.metadata.name, key: "application" }),
              variable("MYSQL_RECOVERY", recovery),
              variable("MYSQL_SEMI_SYNC_ACKS", String(semiSync.slaves)),
              variable("MYSQL_SEMI_SYNC_TIMEOUT_SECONDS", String(semiSync.timeoutSeconds)),
            ],
            data: args.data.mounted("data", DATA),
            onNode: args.data.onNode,
            volumes: [
              args.importDirectory ?? scratchDirectory("import", IMPORT),
              passwords(
                ...["root", "replication", "application", "revision"],
                ...(args.backupPassword === undefined ? [] : ["backup"]),
              ),
              certificate(service, `${name}-master`),
              ...scratch,
            ],
          }),
        pinned: args.data.nodeSelector,
        rollout: "recreate",
      },
      { parent: this, dependsOn: [pulled, args.data, peers] },
    );
    const slave = new ReplicatedService(
      `${name}-slave`,
      {
        ...common,
        replicas: args.slaves,
        podSpec: (service) =>
          serverPod({
            ...server,
            image: args.slaveImage,
            env: [
              ...environment,
              ...serviceVariables(`${name}-master`, master.endpoint),
              variable("MYSQL_MAX_LAG_SECONDS", String(maxLagSeconds)),
            ],
            data: scratchDirectory("data", DATA),
            onNode: false,
            volumes: [passwords("replication"), certificate(service, `${name}-slave`), ...scratch],
          }),
        // A node that is lost takes not both: what is acknowledged is on the other.
        apartFrom: { name: `${name}-master` },
        rollout: "beside",
      },
      { parent: this, dependsOn: [master] },
    );

    this.master = master.endpoint;
    this.slave = slave.endpoint;
    this.peers = peers.metadata.name;
    this.authority = args.authority.certificate;
    this.registerOutputs({ master: this.master, slave: this.slave, peers: this.peers, authority: this.authority });
  }
}

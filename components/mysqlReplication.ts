import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { Endpoint, fieldVariable, SecretHandle, secretVariable, serviceVariables, variable } from "./pod/environment";
import { serverPod } from "./pod/server";
import { hostDirectory, scratchDirectory } from "./pod/volumes";
import { HostsFrom, ReplicatedService } from "./replicatedService";

const PORT = 3306;
const DATA = "/var/lib/mysql";
/** Seconds that a stopping server has to flush what it holds in memory. */
const GRACE_SECONDS = 60;

/** A database and the account that may use it, and nothing else. */
export interface Application {
  readonly database: string;
  readonly user: string;
  readonly password: pulumi.Input<string>;
}

export interface MysqlReplicationArgs {
  readonly namespace: pulumi.Input<string>;
  readonly masterImage: pulumi.Input<string>;
  readonly slaveImage: pulumi.Input<string>;
  /** Number of slaves, at least 1. */
  readonly slaves: number;
  /** Directory on the node for the master's data. Caution: changing it starts the master on what lies there. */
  readonly dataPath: string;
  /** Directory on the node that dumps are imported from, mounted at /etc/mysql/database. */
  readonly importPath: string;
  /** Password of root, who logs in from inside the pods only. */
  readonly rootPassword: pulumi.Input<string>;
  readonly replicationUser: string;
  /** At most 32 characters: the limit of CHANGE REPLICATION SOURCE. */
  readonly replicationPassword: pulumi.Input<string>;
  /** Created at the first start. */
  readonly application: Application;
  readonly resources: k8s.types.input.core.v1.ResourceRequirements;
  readonly hostsFrom: HostsFrom;
  /** Seconds that new pods have to become ready before the update fails. */
  readonly readyTimeout: number;
}

/** A MySQL that takes writes and keeps them in a directory of the node, and slaves that follow it by GTID and serve reads. */
export class MysqlReplication extends pulumi.ComponentResource {
  /** Takes writes. */
  readonly master: Endpoint;
  /** Serves reads. */
  readonly slave: Endpoint;
  /** The application's password, for pods of the same namespace. */
  readonly applicationPassword: SecretHandle;

  constructor(name: string, args: MysqlReplicationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("k8s-web:components:MysqlReplication", name, {}, opts);
    const secret = new k8s.core.v1.Secret(
      name,
      {
        metadata: { namespace: args.namespace },
        stringData: { root: args.rootPassword, replication: args.replicationPassword },
      },
      { parent: this },
    );
    // Apart from the others, so that the web's pods refer to a Secret that holds nothing else.
    const applicationSecret = new k8s.core.v1.Secret(
      `${name}-application`,
      { metadata: { namespace: args.namespace }, stringData: { password: args.application.password } },
      { parent: this },
    );
    this.applicationPassword = { secret: applicationSecret.metadata.name, key: "password" };
    const accounts = [
      secretVariable("MYSQL_ROOT_PASSWORD", { secret: secret.metadata.name, key: "root" }),
      variable("MYSQL_REPLICATION_USER", args.replicationUser),
      secretVariable("MYSQL_REPLICATION_PASSWORD", { secret: secret.metadata.name, key: "replication" }),
      // The server-id is made of the pod's address, so that no two pods share one.
      fieldVariable("POD_IP", "status.podIP"),
    ];

    const server = {
      name: "mysql",
      port: PORT,
      resources: args.resources,
      graceSeconds: GRACE_SECONDS,
    };
    const scratch = [scratchDirectory("run", "/run/mysqld"), scratchDirectory("tmp", "/tmp")];
    const common = {
      namespace: args.namespace,
      port: PORT,
      hostsFrom: args.hostsFrom,
      readyTimeout: args.readyTimeout,
    };

    const master = new ReplicatedService(
      `${name}-master`,
      {
        ...common,
        replicas: 1,
        podSpec: serverPod({
          ...server,
          image: args.masterImage,
          env: [
            ...accounts,
            variable("MYSQL_DATABASE", args.application.database),
            variable("MYSQL_USER", args.application.user),
            secretVariable("MYSQL_PASSWORD", this.applicationPassword),
          ],
          data: hostDirectory("data", args.dataPath, DATA),
          onNode: true,
          volumes: [hostDirectory("import", args.importPath, "/etc/mysql/database"), ...scratch],
        }),
        rollout: "recreate",
      },
      { parent: this },
    );
    const slave = new ReplicatedService(
      `${name}-slave`,
      {
        ...common,
        replicas: args.slaves,
        podSpec: serverPod({
          ...server,
          image: args.slaveImage,
          env: [...accounts, ...serviceVariables(`${name}-master`, master.endpoint)],
          data: scratchDirectory("data", DATA),
          onNode: false,
          volumes: scratch,
        }),
        rollout: "beside",
      },
      { parent: this, dependsOn: [master] },
    );

    this.master = master.endpoint;
    this.slave = slave.endpoint;
    this.registerOutputs({ master: this.master, slave: this.slave });
  }
}

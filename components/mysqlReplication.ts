import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { Endpoint, fieldVariable, SecretHandle, secretVariable, serviceVariables, variable } from "./pod/environment";
import { healthcheckProbes } from "./pod/probes";
import { ownDirectory, podDefaults, restricted } from "./pod/security";
import { hostDirectory, MountedVolume, mountsOf, scratchDirectory, volumesOf } from "./pod/volumes";
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

    const podSpec = (
      image: pulumi.Input<string>,
      env: k8s.types.input.core.v1.EnvVar[],
      data: MountedVolume,
      more: { volumes?: MountedVolume[]; initContainers?: k8s.types.input.core.v1.Container[] } = {},
    ): k8s.types.input.core.v1.PodSpec => {
      const mounted = [
        data,
        ...(more.volumes ?? []),
        scratchDirectory("run", "/run/mysqld"),
        scratchDirectory("tmp", "/tmp"),
      ];
      return {
        ...podDefaults,
        terminationGracePeriodSeconds: GRACE_SECONDS,
        initContainers: more.initContainers ?? [],
        containers: [
          {
            ...restricted,
            name: "mysql",
            image,
            env: [...accounts, ...env],
            ports: [{ containerPort: PORT }],
            volumeMounts: mountsOf(mounted),
            resources: args.resources,
            ...healthcheckProbes(),
          },
        ],
        volumes: volumesOf(mounted),
      };
    };

    const data = hostDirectory("data", args.dataPath, DATA);
    const master = new ReplicatedService(
      `${name}-master`,
      {
        namespace: args.namespace,
        replicas: 1,
        podSpec: podSpec(
          args.masterImage,
          [
            variable("MYSQL_DATABASE", args.application.database),
            variable("MYSQL_USER", args.application.user),
            secretVariable("MYSQL_PASSWORD", this.applicationPassword),
          ],
          data,
          {
            volumes: [hostDirectory("import", args.importPath, "/etc/mysql/database")],
            initContainers: [ownDirectory(args.masterImage, data.mount, args.resources)],
          },
        ),
        rollout: "recreate",
        port: PORT,
        hostsFrom: args.hostsFrom,
        readyTimeout: args.readyTimeout,
      },
      { parent: this },
    );
    const slave = new ReplicatedService(
      `${name}-slave`,
      {
        namespace: args.namespace,
        replicas: args.slaves,
        podSpec: podSpec(
          args.slaveImage,
          serviceVariables(`${name}-master`, master.endpoint),
          scratchDirectory("data", DATA),
        ),
        rollout: "beside",
        port: PORT,
        hostsFrom: args.hostsFrom,
        readyTimeout: args.readyTimeout,
      },
      { parent: this, dependsOn: [master] },
    );

    this.master = master.endpoint;
    this.slave = slave.endpoint;
    this.registerOutputs({ master: this.master, slave: this.slave });
  }
}

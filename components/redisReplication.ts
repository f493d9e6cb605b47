import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { Endpoint, SecretHandle, secretVariable, serviceVariables } from "./pod/environment";
import { healthcheckProbes } from "./pod/probes";
import { ownDirectory, podDefaults, restricted } from "./pod/security";
import { hostDirectory, MountedVolume, scratchDirectory } from "./pod/volumes";
import { HostsFrom, ReplicatedService } from "./replicatedService";

const PORT = 6379;
/** Seconds that a stopping server has for its last write to disk. */
const GRACE_SECONDS = 30;

export interface RedisReplicationArgs {
  readonly namespace: pulumi.Input<string>;
  readonly masterImage: pulumi.Input<string>;
  readonly slaveImage: pulumi.Input<string>;
  /** Number of slaves, at least 1. */
  readonly slaves: number;
  /** Directory on the node for the append-only file. Caution: changing it starts the master on what lies there. */
  readonly dataPath: string;
  readonly password: pulumi.Input<string>;
  readonly resources: k8s.types.input.core.v1.ResourceRequirements;
  readonly hostsFrom: HostsFrom;
  /** Seconds that new pods have to become ready before the update fails. */
  readonly readyTimeout: number;
}

/** A Redis that takes writes and keeps them in a directory of the node, and slaves that serve reads. */
export class RedisReplication extends pulumi.ComponentResource {
  /** Takes writes. */
  readonly master: Endpoint;
  /** Serves reads. */
  readonly slave: Endpoint;
  /** The password, for pods of the same namespace. */
  readonly password: SecretHandle;

  constructor(name: string, args: RedisReplicationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("k8s-web:components:RedisReplication", name, {}, opts);
    const secret = new k8s.core.v1.Secret(
      name,
      { metadata: { namespace: args.namespace }, stringData: { password: args.password } },
      { parent: this },
    );
    this.password = { secret: secret.metadata.name, key: "password" };

    const podSpec = (
      image: pulumi.Input<string>,
      data: MountedVolume,
      more: { env?: k8s.types.input.core.v1.EnvVar[]; initContainers?: k8s.types.input.core.v1.Container[] },
    ): k8s.types.input.core.v1.PodSpec => {
      return {
        ...podDefaults,
        terminationGracePeriodSeconds: GRACE_SECONDS,
        initContainers: more.initContainers ?? [],
        containers: [
          {
            ...restricted,
            name: "redis",
            image,
            env: [secretVariable("REDIS_PASSWORD", this.password), ...(more.env ?? [])],
            ports: [{ containerPort: PORT }],
            volumeMounts: [data.mount],
            resources: args.resources,
            ...healthcheckProbes(),
          },
        ],
        volumes: [data.volume],
      };
    };

    const data = hostDirectory("data", args.dataPath, "/data");
    const master = new ReplicatedService(
      `${name}-master`,
      {
        namespace: args.namespace,
        replicas: 1,
        podSpec: podSpec(args.masterImage, data, {
          initContainers: [ownDirectory(args.masterImage, data.mount, args.resources)],
        }),
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
        podSpec: podSpec(args.slaveImage, scratchDirectory("data", "/data"), {
          env: serviceVariables(`${name}-master`, master.endpoint),
        }),
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

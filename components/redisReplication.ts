import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { Endpoint, SecretHandle, secretVariable, serviceVariables } from "./pod/environment";
import { serverPod } from "./pod/server";
import { hostDirectory, scratchDirectory } from "./pod/volumes";
import { HostsFrom, ReplicatedService } from "./replicatedService";

const PORT = 6379;
const DATA = "/data";
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

    const server = {
      name: "redis",
      port: PORT,
      resources: args.resources,
      graceSeconds: GRACE_SECONDS,
    };
    const env = [secretVariable("REDIS_PASSWORD", this.password)];
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
          env,
          data: hostDirectory("data", args.dataPath, DATA),
          onNode: true,
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
          env: [...env, ...serviceVariables(`${name}-master`, master.endpoint)],
          data: scratchDirectory("data", DATA),
          onNode: false,
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

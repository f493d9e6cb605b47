import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { Authority } from "./authority";
import { DataVolume } from "./dataVolume";
import { DEFAULTS } from "./defaults";
import { imagePull } from "./imagePull";
import { peerLabel, peersOf } from "./peers";
import { Endpoint, fieldVariable, SecretHandle, secretVariable, serviceVariables, variable } from "./pod/environment";
import { redisExporter } from "./pod/exporters";
import { secretOfStart } from "./pod/secret";
import { Recovery, serverPod } from "./pod/server";
import { scratchDirectory } from "./pod/volumes";
import { ReplicatedService } from "./replicatedService";
import { Workload, workloadOf } from "./workload";

const PORT = 6379;
const DATA = "/data";
/** Seconds that a stopping server has for its last write to disk. */
const GRACE_SECONDS = 30;

/** What a Redis with slaves is made of. */
export interface RedisReplicationArgs extends Workload {
  /** Image redis-master. By digest: what a tag names changes. */
  readonly masterImage: pulumi.Input<string>;
  /** Image redis-slave, built from `masterImage`. */
  readonly slaveImage: pulumi.Input<string>;
  /** Number of slaves, at least 1. */
  readonly slaves: number;
  /** Where the master's append-only file lies. */
  readonly data: DataVolume;
  /** What a master without data may go on with. @default complete */
  readonly recovery?: Recovery | undefined;
  /** When a write is flushed to the disk: before it is acknowledged, or within a second. @default always */
  readonly appendfsync?: "always" | "everysec" | undefined;
  /** Slaves that must follow for the master to take writes; 0 for none. @default 1 */
  readonly minSlavesToWrite?: number | undefined;
  /** Password of all servers. A changed one replaces their pods. */
  readonly password: pulumi.Input<string>;
  /** Vouches for the servers. They take no connections without TLS. */
  readonly authority: Authority;
  /** Image redis-exporter, which tells Prometheus about each server. @default none: no metrics */
  readonly exporterImage?: pulumi.Input<string> | undefined;
  /** What each server asks for, and what it may take. */
  readonly resources: k8s.types.input.core.v1.ResourceRequirements;
}

/**
 * A Redis that takes writes, and slaves that follow it and serve reads.
 *
 * A renewed certificate reaches the running servers, which read it from files that follow the Secret, if the provider has
 * `enableSecretMutable`; with any other it replaces the pods.
 */
export class RedisReplication extends pulumi.ComponentResource {
  /** Takes writes. */
  readonly master: Endpoint;
  /** Serves reads. */
  readonly slave: Endpoint;
  /** A name that resolves to the address of each server, ready or not. */
  readonly peers: pulumi.Output<string>;
  /** Certificate of the authority that vouches for the servers, PEM. */
  readonly authority: pulumi.Output<string>;
  /** The password, for pods of the same namespace. */
  readonly password: SecretHandle;

  constructor(name: string, args: RedisReplicationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("k8s-web:components:RedisReplication", name, {}, opts);
    const workload = workloadOf(args);
    const { appendfsync = DEFAULTS.redis.appendfsync, minSlavesToWrite = DEFAULTS.redis.minSlavesToWrite } = args;
    const secret = secretOfStart(name, args.namespace, { password: args.password }, this);
    this.password = { secret: secret.metadata.name, key: "password" };

    const server = {
      name: "redis",
      port: PORT,
      sidecars: redisExporter(args.exporterImage, PORT, this.password),
      resources: args.resources,
      graceSeconds: GRACE_SECONDS,
    };
    const peers = peersOf(name, { namespace: args.namespace, port: PORT }, { parent: this });
    const environment = [
      secretVariable("REDIS_PASSWORD", this.password),
      fieldVariable("POD_IP", "status.podIP"),
      variable("REDIS_PEERS", peers.metadata.name),
      variable("REDIS_APPENDFSYNC", appendfsync),
    ];
    const certificate = (service: k8s.core.v1.Service, own: string) =>
      args.authority.certify(
        own,
        { namespace: args.namespace, service, names: [peers.metadata.name] },
        { parent: this },
      );
    const scratch = [scratchDirectory("run", "/run/redis")];
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
              variable("REDIS_RECOVERY", args.recovery ?? DEFAULTS.recovery),
              variable("REDIS_MIN_SLAVES", String(minSlavesToWrite)),
            ],
            data: args.data.mounted("data", DATA),
            onNode: args.data.onNode,
            volumes: [certificate(service, `${name}-master`), ...scratch],
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
            env: [...environment, ...serviceVariables(`${name}-master`, master.endpoint)],
            data: scratchDirectory("data", DATA),
            onNode: false,
            volumes: [certificate(service, `${name}-slave`), ...scratch],
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

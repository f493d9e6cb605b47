import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { Autoscaling, autoscaler, podsFor, writtenFor } from "./autoscaler";
import { disruptionBudget, podsOf } from "./disruptionBudget";
import { Endpoint } from "./pod/environment";
import { apartFrom, nodesOf, spreadOf } from "./pod/placement";
import { atPriority, Tier } from "./pod/priority";
import { pulledWith } from "./pod/registry";
import { Workload, workloadOf } from "./workload";

type PodSpec = k8s.types.input.core.v1.PodSpec;
type Where = Pick<PodSpec, "nodeSelector" | "tolerations" | "topologySpreadConstraints" | "affinity">;
/** What a pod is made of, but for where it runs. */
export type PodContent = Omit<
  k8s.types.input.core.v1.PodSpec,
  "nodeSelector" | "tolerations" | "topologySpreadConstraints" | "affinity" | "priorityClassName"
>;

/** What a ReplicatedService is made of. */
export interface ReplicatedServiceArgs extends Workload {
  /** Number of pods, at least 1; or between which numbers their load decides. */
  readonly replicas: number | Autoscaling;
  /**
   * What a pod runs, or how to make it of the Service that leads to it. A change replaces the pods, as `rollout` says. Where it
   * runs, and its priority, are said apart.
   */
  readonly podSpec: PodContent | ((service: k8s.core.v1.Service) => PodContent);
  /** What the pods are for: which of `priorities` they have. @default none: the cluster's default priority */
  readonly tier?: Tier | undefined;
  /** Labels of the node that has the pods' data. @default none: the placement decides */
  readonly pinned?: Readonly<Record<string, string>> | undefined;
  /** Labels of pods whose nodes are better avoided. @default none */
  readonly apartFrom?: Readonly<Record<string, string>>;
  /** Labels of the pods besides `name`, for others to find them by. @default none */
  readonly podLabels?: Readonly<Record<string, string>>;
  /**
   * How a changed pod replaces the old one; a ReplicationController never does it by itself.
   *
   * - `beside`: a new controller starts beside the old one, which goes when the new pods are ready. For pods that share nothing.
   * - `recreate`: the old controller and its pods go first. For pods that own their data; see `imagePull` for a shorter gap.
   */
  readonly rollout: "beside" | "recreate";
  /** Port of the Service. */
  readonly port: number;
  /** Port on each node; makes the Service a NodePort. @default none: reachable inside the cluster only */
  readonly nodePort?: number | undefined;
}

/**
 * JSON with sorted keys, so that equal pods give equal text whatever the order they were written in.
 */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/** A name for what a pod runs: the first ten hexadecimal digits of its hash. */
export const revisionOf = (podSpec: unknown): string =>
  createHash("sha256").update(canonical(podSpec)).digest("hex").slice(0, 10);

/** Where the pods run. Only what comes up beside its like is spread: of the others there is one. */
const whereOf = (
  args: Pick<ReplicatedServiceArgs, "placement" | "pinned" | "rollout" | "apartFrom">,
  labels: Readonly<Record<string, string>>,
): Where => ({
  ...nodesOf(args.placement, args.pinned),
  ...(args.rollout === "beside" ? spreadOf(args.placement, labels) : {}),
  ...(args.apartFrom === undefined ? {} : apartFrom(args.placement, labels, args.apartFrom)),
});

/** A ReplicationController and the Service in front of it, both with the label `name`. */
export class ReplicatedService extends pulumi.ComponentResource {
  /** Where the Service answers. */
  readonly endpoint: Endpoint;
  /** Name of the Service. */
  readonly service: pulumi.Output<string>;
  /** Ready when all pods are: what `dependsOn` of those who need the pods refers to. */
  readonly controller: k8s.core.v1.ReplicationController;

  constructor(name: string, args: ReplicatedServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("k8s-web:components:ReplicatedService", name, {}, opts);
    const { hostsFrom, readyTimeout } = workloadOf(args);
    const labels = { name };
    const scaled = typeof args.replicas === "number" ? undefined : args.replicas;

    const service = new k8s.core.v1.Service(
      name,
      {
        metadata: {
          name,
          namespace: args.namespace,
          labels,
          // The controller's wait tells whether there are pods. A Service that waited too would hold up
          // the cluster IP, and with it the pods that only need to know it.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
          selector: labels,
          ports: [
            {
              port: args.port,
              targetPort: args.port,
              ...(args.nodePort === undefined ? {} : { nodePort: args.nodePort }),
            },
          ],
          type: args.nodePort === undefined ? "ClusterIP" : "NodePort",
        },
      },
      { parent: this },
    );

    const podSpec = {
      ...(typeof args.podSpec === "function" ? args.podSpec(service) : args.podSpec),
      ...whereOf(args, labels),
      ...pulledWith(args.imagePullSecrets),
      ...atPriority(args.priorities, args.tier),
    };
    // Old and new controller stand side by side for a while: each must count its own pods only.
    const { podLabels } = args;
    const revision = pulumi
      .output(podSpec)
      .apply((spec) => revisionOf(podLabels === undefined ? spec : { podLabels, spec }));
    const selector = args.rollout === "beside" ? revision.apply((own) => ({ ...labels, revision: own })) : labels;

    // Of what owns its data there is one: no budget could both keep it and let its node be emptied.
    const budget =
      args.rollout === "beside"
        ? disruptionBudget(
            name,
            {
              namespace: args.namespace,
              labels,
              tier: args.tier,
              // So that an update that is to write to a controller writes here first, and is told how many pods there are.
              ...(scaled === undefined ? {} : { annotations: { "k8s-web/written-for": writtenFor(scaled, revision) } }),
            },
            { parent: this },
          )
        : undefined;
    this.controller = new k8s.core.v1.ReplicationController(
      name,
      {
        metadata: {
          namespace: args.namespace,
          labels,
          // A generated name lets two controllers stand side by side; a fixed one keeps them apart.
          ...(args.rollout === "recreate" ? { name } : {}),
        },
        spec: {
          replicas:
            typeof args.replicas === "number"
              ? args.replicas
              : podsFor(args.replicas, budget === undefined ? 0 : podsOf(budget)),
          selector,
          template: {
            metadata: { labels: pulumi.output(selector).apply((own) => ({ ...own, ...podLabels })) },
            spec: podSpec,
          },
        },
      },
      {
        parent: this,
        replaceOnChanges: ["spec.template", "spec.selector"],
        deleteBeforeReplace: args.rollout === "recreate",
        customTimeouts: { create: `${readyTimeout}s`, update: `${readyTimeout}s` },
      },
    );

    if (scaled !== undefined) {
      // It turns to a new controller when that is ready, and so never sees one that does not get ready.
      autoscaler(
        name,
        { ...scaled, namespace: args.namespace, controller: this.controller.metadata.name },
        { parent: this },
      );
    }

    this.service = service.metadata.name;
    this.endpoint = {
      host: hostsFrom === "env" ? service.spec.clusterIP : this.service,
      port: args.port,
    };
    this.registerOutputs({ host: this.endpoint.host, port: this.endpoint.port });
  }
}

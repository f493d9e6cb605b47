import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { PriorityClasses, Tier } from "./pod/priority";

/**
 * Pods without a class have 0. Only databases push others out to have room, those that matter least first: without them
 * nothing works, while of the web's pods there are others, and a Job can wait.
 */
const TIERS: Readonly<Record<Tier, { value: number; preemptionPolicy: string; description: string }>> = {
  databases: { value: 3000, preemptionPolicy: "PreemptLowerPriority", description: "Databases: the last to go." },
  web: { value: 2000, preemptionPolicy: "Never", description: "The web: goes before databases." },
  jobs: { value: 1000, preemptionPolicy: "Never", description: "What an update or a schedule runs: can wait." },
};

/** What Priorities are made of. */
export interface PrioritiesArgs {
  /** Namespace of the pods; the names of the classes, which the whole cluster shares, end with it. */
  readonly namespace: pulumi.Input<string>;
  /** Names of PriorityClasses that are there already, to be used in place of own ones. @default none */
  readonly existing?: Readonly<Partial<Record<Tier, string | undefined>>> | undefined;
}

/** PriorityClasses, so that a node without room for all keeps its databases, then its web, then its Jobs. */
export class Priorities extends pulumi.ComponentResource {
  /** Names of the classes, for `priorities` of what makes pods. */
  readonly classes: PriorityClasses;

  constructor(name: string, args: PrioritiesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("k8s-web:components:Priorities", name, {}, opts);
    const classOf = (tier: Tier): pulumi.Input<string> =>
      args.existing?.[tier] ??
      new k8s.scheduling.v1.PriorityClass(
        `${name}-${tier}`,
        // The namespace comes last: it may begin with `system-`, which is not for names of classes.
        { metadata: { name: pulumi.interpolate`${tier}-${args.namespace}` }, ...TIERS[tier] },
        { parent: this },
      ).metadata.name;
    this.classes = { databases: classOf("databases"), web: classOf("web"), jobs: classOf("jobs") };
    this.registerOutputs({ classes: this.classes });
  }
}

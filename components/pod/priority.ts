import * as pulumi from "@pulumi/pulumi";

/** What a pod is for, from the last that should go to the first. */
export type Tier = "databases" | "web" | "jobs";

/** Names of the PriorityClasses of pods. */
export type PriorityClasses = Readonly<Record<Tier, pulumi.Input<string>>>;

/** The pod's part: which pods go first when a node has no room for all. */
export const atPriority = (classes: PriorityClasses | undefined, tier: Tier | undefined) =>
  classes === undefined || tier === undefined ? {} : { priorityClassName: classes[tier] };

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { Tier } from "./pod/priority";

export interface DisruptionBudgetArgs {
  readonly namespace: pulumi.Input<string>;
  /** Labels of the pods, whichever controllers they belong to. */
  readonly labels: Readonly<Record<string, string>>;
  readonly tier: Tier | undefined;
  /** @default none */
  readonly annotations?: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Lets whoever empties a node take one pod at a time, the next when all are ready again. */
export const disruptionBudget = (
  name: string,
  args: DisruptionBudgetArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.policy.v1.PodDisruptionBudget =>
  new k8s.policy.v1.PodDisruptionBudget(
    name,
    {
      metadata: {
        name,
        namespace: args.namespace,
        labels: args.labels,
        ...(args.annotations === undefined ? {} : { annotations: args.annotations }),
      },
      spec: {
        maxUnavailable: 1,
        selector: { matchLabels: args.labels },
        // A pod that serves nobody is in nobody's way, unless it is a database: it may hold the only copy of the data.
        unhealthyPodEvictionPolicy: args.tier === "databases" ? "IfHealthyBudget" : "AlwaysAllow",
      },
    },
    opts,
  );

/** How many pods its controllers were to have, all together, when it was last written to; none before it was there. */
export const podsOf = ({ status }: k8s.policy.v1.PodDisruptionBudget): pulumi.Output<number> =>
  status.apply((known: { readonly expectedPods: number } | undefined) => known?.expectedPods ?? 0);

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { DEFAULTS } from "./defaults";

/** Between which numbers of pods the load decides. Needs the metrics API (metrics-server) in the cluster. */
export interface Autoscaling {
  /** Least number of pods, at least 1. */
  readonly min: number;
  /** Greatest number of pods. */
  readonly max: number;
  /** How much CPU the pods take on average, in percent of what they request, before there are more of them. @default 70 */
  readonly cpuPercent?: number | undefined;
}

/**
 * How many pods a controller is given: as many as there are, for the load has asked for them. This changes only when an update
 * has just asked how many that is (`writtenFor`), so that nothing is taken back from the autoscaler.
 */
export const podsFor = ({ min, max }: Autoscaling, present: pulumi.Input<number>): pulumi.Output<number> =>
  pulumi.output(present).apply((pods) => Math.min(Math.max(pods, min), max));

/** Changes with all that may change what a controller is given. */
export const writtenFor = ({ min, max }: Autoscaling, revision: pulumi.Input<string>): pulumi.Output<string> =>
  pulumi.interpolate`${revision}-${min}-${max}`;

/** Sets the number of a controller's pods by their load. */
export const autoscaler = (
  name: string,
  args: Autoscaling & {
    readonly namespace: pulumi.Input<string>;
    /** The ReplicationController. */
    readonly controller: pulumi.Input<string>;
  },
  opts: pulumi.CustomResourceOptions,
): k8s.autoscaling.v2.HorizontalPodAutoscaler =>
  new k8s.autoscaling.v2.HorizontalPodAutoscaler(
    name,
    {
      metadata: { name, namespace: args.namespace, labels: { name } },
      spec: {
        scaleTargetRef: { apiVersion: "v1", kind: "ReplicationController", name: args.controller },
        minReplicas: args.min,
        maxReplicas: args.max,
        metrics: [
          {
            type: "Resource",
            resource: {
              name: "cpu",
              target: { type: "Utilization", averageUtilization: args.cpuPercent ?? DEFAULTS.autoscaling.cpuPercent },
            },
          },
        ],
      },
    },
    opts,
  );

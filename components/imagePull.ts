import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { jobOf } from "./job";
import { restricted } from "./pod/security";
import { Workload, workloadOf } from "./workload";

/** `true` needs next to nothing, and must find room beside the pods that run. */
const RESOURCES = { requests: { cpu: "5m", memory: "8Mi" }, limits: { cpu: "100m", memory: "64Mi" } };

export interface ImagePullArgs extends Workload {
  readonly image: pulumi.Input<string>;
  /** Labels of the pods on whose node the image will be needed. */
  readonly near: Readonly<Record<string, string>>;
  /** Labels of the one node that it will be needed on. @default none */
  readonly pinned?: Readonly<Record<string, string>> | undefined;
}

/**
 * Brings an image to the node of a running pod that will go before its successor comes. An image that can't be pulled, or that
 * doesn't run there, fails the update while the pod still serves; and nobody waits for a pull between the two.
 */
export const imagePull = (name: string, args: ImagePullArgs, opts: pulumi.CustomResourceOptions): k8s.batch.v1.Job =>
  jobOf(
    `${name}-pull`,
    {
      ...workloadOf(args),
      container: { ...restricted, name: "pull", image: args.image, command: ["true"], resources: RESOURCES },
      pinned: args.pinned,
      // A wish: at the first start there is no pod to be near to.
      affinity: {
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              podAffinityTerm: { labelSelector: { matchLabels: args.near }, topologyKey: "kubernetes.io/hostname" },
            },
          ],
        },
      },
    },
    opts,
  );

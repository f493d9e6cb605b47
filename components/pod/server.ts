import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { healthcheckProbes } from "./probes";
import { ownDirectory, podDefaults, restricted } from "./security";
import { MountedVolume, mountsOf, volumesOf } from "./volumes";

/** What a master without data may go on with: the answers of all slaves, or of those that answer. */
export type Recovery = "complete" | "available";

export interface ServerArgs {
  /** Name of the container. */
  readonly name: string;
  readonly image: pulumi.Input<string>;
  readonly env: k8s.types.input.core.v1.EnvVar[];
  readonly port: number;
  readonly data: MountedVolume;
  /** Whether the data lies in a directory of the node, which has to be handed to the server first. */
  readonly onNode: boolean;
  /** What is mounted besides the data. @default nothing */
  readonly volumes?: readonly MountedVolume[];
  /** What runs beside the server, from before its start. @default nothing */
  readonly sidecars?: readonly k8s.types.input.core.v1.Container[];
  readonly resources: k8s.types.input.core.v1.ResourceRequirements;
  /** Seconds that a stopping server has to bring its data to the disk. */
  readonly graceSeconds: number;
}

/** A pod with one server whose image has a `healthcheck`. */
export function serverPod(args: ServerArgs): k8s.types.input.core.v1.PodSpec {
  const mounted = [args.data, ...(args.volumes ?? [])];
  return {
    ...podDefaults,
    terminationGracePeriodSeconds: args.graceSeconds,
    initContainers: [
      ...(args.onNode ? [ownDirectory(args.image, [args.data.mount], args.resources)] : []),
      ...(args.sidecars ?? []),
    ],
    containers: [
      {
        ...restricted,
        name: args.name,
        image: args.image,
        env: args.env,
        ports: [{ containerPort: args.port }],
        volumeMounts: mountsOf(mounted),
        resources: args.resources,
        ...healthcheckProbes(),
      },
    ],
    volumes: volumesOf(mounted),
  };
}

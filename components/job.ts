import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { nodesOf } from "./pod/placement";
import { atPriority } from "./pod/priority";
import { pulledWith } from "./pod/registry";
import { podDefaults } from "./pod/security";
import { MountedVolume, mountsOf, volumesOf } from "./pod/volumes";
import { Workload, workloadOf } from "./workload";

/** How often a failed pod of a Job is replaced by another. */
const RETRIES = 3;

export interface JobArgs extends Workload {
  /** What is run to its end. Its mounts are those of `volumes`. */
  readonly container: k8s.types.input.core.v1.Container;
  /** What runs before it, each to its end. @default none */
  readonly initContainers?: k8s.types.input.core.v1.Container[];
  /** Seconds that it may take. @default readyTimeout */
  readonly deadlineSeconds?: number;
  /** @default none */
  readonly volumes?: readonly MountedVolume[];
  /** Labels of the one node that it may run on. @default none: the placement decides */
  readonly pinned?: Readonly<Record<string, string>> | undefined;
  /** Labels of the pod besides `name`. @default none */
  readonly podLabels?: Readonly<Record<string, string>>;
  /** @default none */
  readonly affinity?: k8s.types.input.core.v1.Affinity;
  /** Written on the pod; the Job runs anew when they change. @default none */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Something that an update does once; again when what it runs has changed. */
export const jobOf = (name: string, args: JobArgs, opts: pulumi.CustomResourceOptions): k8s.batch.v1.Job => {
  const labels = { name };
  const { deadlineSeconds = workloadOf(args).readyTimeout } = args;
  const volumes = args.volumes ?? [];
  return new k8s.batch.v1.Job(
    name,
    {
      metadata: { namespace: args.namespace, labels },
      spec: {
        backoffLimit: RETRIES,
        activeDeadlineSeconds: deadlineSeconds,
        template: {
          metadata: {
            labels: { ...labels, ...args.podLabels },
            ...(args.annotations === undefined ? {} : { annotations: args.annotations }),
          },
          spec: {
            ...podDefaults,
            restartPolicy: "Never",
            ...pulledWith(args.imagePullSecrets),
            ...atPriority(args.priorities, "jobs"),
            ...nodesOf(args.placement, args.pinned),
            ...(args.affinity === undefined ? {} : { affinity: args.affinity }),
            ...(args.initContainers === undefined ? {} : { initContainers: args.initContainers }),
            containers: [{ ...args.container, volumeMounts: mountsOf(volumes) }],
            volumes: volumesOf(volumes),
          },
        },
      },
    },
    { ...opts, customTimeouts: { create: `${deadlineSeconds}s` } },
  );
};

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { nodesOf } from "./pod/placement";
import { atPriority } from "./pod/priority";
import { pulledWith } from "./pod/registry";
import { podDefaults } from "./pod/security";
import { MountedVolume, mountsOf, volumesOf } from "./pod/volumes";
import { Workload } from "./workload";

/** How often a failed pod of a run is replaced by another. */
const RETRIES = 2;
/** Seconds after its time in which a run may still begin, after an outage of the controller. */
const STARTING_SECONDS = 600;
/** A week, in seconds, for a person to look at a run. */
const KEEP_SECONDS = 604_800;

export interface CronJobArgs extends Workload {
  /** When, in the five fields of cron, in UTC. */
  readonly schedule: string;
  /** Seconds that a run may take. */
  readonly deadlineSeconds: number;
  /** What is run to its end. Its mounts are those of `volumes`. */
  readonly container: k8s.types.input.core.v1.Container;
  /** What runs before it, each to its end. @default none */
  readonly initContainers?: k8s.types.input.core.v1.Container[];
  readonly volumes: readonly MountedVolume[];
  /** Labels of the one node that it may run on. @default none: the placement decides */
  readonly pinned?: Readonly<Record<string, string>> | undefined;
  /** Labels of its pods besides `name`. @default none */
  readonly podLabels?: Readonly<Record<string, string>>;
}

/** Something that is done again and again, one run at a time. It has the name that it is given: people start it by that. */
export const cronJobOf = (
  name: string,
  args: CronJobArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.batch.v1.CronJob => {
  const labels = { name };
  return new k8s.batch.v1.CronJob(
    name,
    {
      metadata: { name, namespace: args.namespace, labels },
      spec: {
        schedule: args.schedule,
        timeZone: "Etc/UTC",
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: STARTING_SECONDS,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          metadata: { labels },
          spec: {
            backoffLimit: RETRIES,
            activeDeadlineSeconds: args.deadlineSeconds,
            ttlSecondsAfterFinished: KEEP_SECONDS,
            template: {
              metadata: { labels: { ...labels, ...args.podLabels } },
              spec: {
                ...podDefaults,
                restartPolicy: "Never",
                ...pulledWith(args.imagePullSecrets),
                ...atPriority(args.priorities, "jobs"),
                ...nodesOf(args.placement, args.pinned),
                ...(args.initContainers === undefined ? {} : { initContainers: args.initContainers }),
                containers: [{ ...args.container, volumeMounts: mountsOf(args.volumes) }],
                volumes: volumesOf(args.volumes),
              },
            },
          },
        },
      },
    },
    opts,
  );
};

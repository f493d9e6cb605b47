import * as pulumi from "@pulumi/pulumi";

import { DEFAULTS } from "./defaults";
import { Placement } from "./pod/placement";
import { PriorityClasses } from "./pod/priority";

/** How pods find a Service: by its cluster IP, as in Kubernetes' own variables, or by its name. */
export type HostsFrom = "env" | "dns";

/** What all parts of a stack have in common: said once, and handed on to everything that makes pods. */
export interface Workload {
  /** Namespace of all objects. */
  readonly namespace: pulumi.Input<string>;
  /** How pods find Services. @default env */
  readonly hostsFrom?: HostsFrom | undefined;
  /** Seconds that new pods have to become ready, and a Job to end, before the update fails. @default 600 */
  readonly readyTimeout?: number | undefined;
  /** Nodes that the pods run on. @default any, pods of one part evenly over nodes as far as possible */
  readonly placement?: Placement | undefined;
  /** Names of the Secrets that images are pulled with. @default none */
  readonly imagePullSecrets?: readonly pulumi.Input<string>[] | undefined;
  /** Names of the PriorityClasses of the pods, see `Priorities`. @default none: the cluster's default */
  readonly priorities?: PriorityClasses | undefined;
}

/** The common part of a component's arguments with the defaults filled in, to be handed on. */
export const workloadOf = ({
  namespace,
  hostsFrom = DEFAULTS.hostsFrom,
  readyTimeout = DEFAULTS.readyTimeout,
  placement,
  imagePullSecrets,
  priorities,
}: Workload) => ({
  namespace,
  hostsFrom,
  readyTimeout,
  placement,
  imagePullSecrets,
  priorities,
});

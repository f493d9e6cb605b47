import * as pulumi from "@pulumi/pulumi";

import { Placement } from "./pod/placement";

/** How pods find a Service: by its cluster IP, as in Kubernetes' own variables, or by its name. */
export type HostsFrom = "env" | "dns";

/** What all parts of a stack have in common: said once, and handed on to everything that makes pods. */
export interface Workload {
  /** Namespace of all objects. */
  readonly namespace: pulumi.Input<string>;
  readonly hostsFrom: HostsFrom;
  /** Seconds that new pods have to become ready, and a Job to end, before the update fails. */
  readonly readyTimeout: number;
  /** Nodes that the pods run on. @default any, pods of one part evenly over nodes as far as possible */
  readonly placement?: Placement | undefined;
  /** Names of the Secrets that images are pulled with. @default none */
  readonly imagePullSecrets?: readonly pulumi.Input<string>[] | undefined;
}

/** The common part of a component's arguments, to be handed on. */
export const workloadOf = ({
  namespace,
  hostsFrom,
  readyTimeout,
  placement,
  imagePullSecrets,
}: Workload): Workload => ({
  namespace,
  hostsFrom,
  readyTimeout,
  placement,
  imagePullSecrets,
});

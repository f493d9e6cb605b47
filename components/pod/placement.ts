import * as k8s from "@pulumi/kubernetes";

type PodSpec = k8s.types.input.core.v1.PodSpec;

/** Label that every node has, with a value of its own. */
const NODE = "kubernetes.io/hostname";
/** Label of the pods of one controller: during a rollout, those that go don't count. */
const REVISION = "revision";

/** A taint that is no hindrance, as Kubernetes writes it. */
export interface Toleration {
  /** Key of the taint. @default every key, with operator Exists */
  readonly key?: string | undefined;
  /** Whether the value must be the same, or any will do. @default Equal */
  readonly operator?: "Equal" | "Exists" | undefined;
  /** Value of the taint. @default none */
  readonly value?: string | undefined;
  /** What the taint does. @default every effect */
  readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute" | undefined;
  /** Seconds that a running pod stays in spite of a taint of effect NoExecute. @default for ever */
  readonly tolerationSeconds?: number | undefined;
}

/** How pods of one part are kept apart. */
export interface Spread {
  /** Label of the nodes whose values are kept even, e.g. topology.kubernetes.io/zone. @default kubernetes.io/hostname */
  readonly topologyKey?: string | undefined;
  /** Whether a pod that would make them uneven waits, instead of running anyway. @default false */
  readonly required?: boolean | undefined;
}

/** Which nodes the pods of a part run on. */
export interface Placement {
  /** Labels that a node must have. @default any node */
  readonly nodeSelector?: Readonly<Record<string, string>> | undefined;
  /** Taints that are no hindrance. @default none */
  readonly tolerations?: readonly Toleration[] | undefined;
  /** For what has several pods: slaves and web. @default evenly over nodes, as far as possible */
  readonly spread?: Spread | undefined;
}

/**
 * Which nodes a pod may run on.
 * @param pinned labels of the one node that has the pod's data; they go before those of the placement
 */
export const nodesOf = (
  placement: Placement = {},
  pinned: Readonly<Record<string, string>> = {},
): Pick<PodSpec, "nodeSelector" | "tolerations"> => {
  const nodeSelector = { ...placement.nodeSelector, ...pinned };
  return {
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
    ...(placement.tolerations === undefined ? {} : { tolerations: [...placement.tolerations] }),
  };
};

/** Keeps the pods of a controller, which have these labels, evenly apart. */
export const spreadOf = (
  placement: Placement = {},
  labels: Readonly<Record<string, string>>,
): Pick<PodSpec, "topologySpreadConstraints"> => ({
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: placement.spread?.topologyKey ?? NODE,
      whenUnsatisfiable: placement.spread?.required === true ? "DoNotSchedule" : "ScheduleAnyway",
      labelSelector: { matchLabels: labels },
      matchLabelKeys: [REVISION],
    },
  ],
});

/**
 * Wishes to run elsewhere than the pods with some labels, and, before that, than its like: on two nodes, they would
 * otherwise all crowd on the one that the others are not on. Never a must: on few nodes it would contradict an even spread.
 * @param labels those of the pods of its own controller
 * @param others those of the pods to keep away from
 */
export const apartFrom = (
  placement: Placement = {},
  labels: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>>,
): Pick<PodSpec, "affinity"> => {
  const topologyKey = placement.spread?.topologyKey ?? NODE;
  return {
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: { topologyKey, labelSelector: { matchLabels: labels }, matchLabelKeys: [REVISION] },
          },
          { weight: 50, podAffinityTerm: { topologyKey, labelSelector: { matchLabels: others } } },
        ],
      },
    },
  };
};

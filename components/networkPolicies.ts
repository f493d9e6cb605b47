import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { accessTo } from "./access";
import { peerLabel } from "./peers";

type Spec = k8s.types.input.networking.v1.NetworkPolicySpec;

/** Where name servers listen; OpenShift's pods do on the second. */
const DNS_PORTS = [53, 5353];
/** Where a cache of names on each node is found: such as NodeLocal DNSCache, which is no pod. */
const LINK_LOCAL = "169.254.0.0/16";

/** Servers that are for each other, and for pods with the labels `accessTo` their name. */
export interface GuardedServers {
  /** Name of the MysqlReplication or RedisReplication. */
  readonly name: string;
  /** Port of the servers. */
  readonly port: number;
}

/** Ports of some pods that are not for those with leave alone. */
export interface OpenPorts {
  /** Name of the policy. */
  readonly name: string;
  /** Labels of the pods; of all, without any. */
  readonly pods: Readonly<Record<string, string>>;
  /** Their ports. */
  readonly ports: readonly number[];
  /** Whether pods of the cluster alone may open them. @default false: everybody, inside and outside of it */
  readonly podsOnly?: boolean;
}

/** Addresses that some pods may open connections to, besides the namespace's own servers. */
export interface Outside {
  /** Name of the policy. */
  readonly name: string;
  /** Labels of the pods. */
  readonly pods: Readonly<Record<string, string>>;
  /** Ranges of addresses, e.g. 0.0.0.0/0 for the whole world. */
  readonly ranges: readonly string[];
}

/** What may reach what in a namespace. All else is refused. */
export interface Allowed {
  /** @default none */
  readonly servers?: readonly GuardedServers[];
  /** @default none */
  readonly open?: readonly OpenPorts[];
  /** @default none */
  readonly outside?: readonly Outside[];
}

/** What NetworkPolicies is made of. */
export interface NetworkPoliciesArgs extends Allowed {
  /** The namespace, whose pods can do what is allowed and nothing else. */
  readonly namespace: pulumi.Input<string>;
}

const tcp = (port: number) => ({ protocol: "TCP", port });
const podsWith = (matchLabels: Readonly<Record<string, string>>) => ({ podSelector: { matchLabels } });

/** Whoever opens a connection needs leave, and whoever takes it: a policy for each, of one direction, as they are judged apart. */
const policiesOfServers = ({ name, port }: GuardedServers): [string, Spec][] => {
  const servers = podsWith(peerLabel(name));
  const clients = podsWith(accessTo(name));
  const toServers = { policyTypes: ["Egress"], egress: [{ to: [servers], ports: [tcp(port)] }] };
  return [
    [name, { ...servers, policyTypes: ["Ingress"], ingress: [{ from: [servers, clients], ports: [tcp(port)] }] }],
    [`${name}-peers`, { ...servers, ...toServers }],
    [`${name}-clients`, { ...clients, ...toServers }],
  ];
};

/** The policies of a namespace, by name. They add up: what one of them allows is allowed. */
export const policiesOf = ({ servers = [], open = [], outside = [] }: Allowed): [name: string, spec: Spec][] => [
  ["isolation", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }],
  [
    "names",
    {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        {
          to: [{ namespaceSelector: {} }, { ipBlock: { cidr: LINK_LOCAL } }],
          ports: DNS_PORTS.flatMap((port) => [{ protocol: "UDP", port }, tcp(port)]),
        },
      ],
    },
  ],
  ...servers.flatMap(policiesOfServers),
  ...open.map(({ name, pods, ports, podsOnly = false }): [string, Spec] => [
    name,
    {
      ...podsWith(pods),
      policyTypes: ["Ingress"],
      ingress: [{ ...(podsOnly ? { from: [{ namespaceSelector: {} }] } : {}), ports: ports.map(tcp) }],
    },
  ]),
  ...outside.map(({ name, pods, ranges }): [string, Spec] => [
    name,
    { ...podsWith(pods), policyTypes: ["Egress"], egress: [{ to: ranges.map((cidr) => ({ ipBlock: { cidr } })) }] },
  ]),
];

/**
 * Closes the network of a namespace, but for what is allowed and for looking up names. It takes a network plugin that
 * enforces policies. What the kubelet asks its own node's pods, such as probes, is always let through.
 *
 * Let it depend on everything that runs there: pods of an earlier update, which lack the labels, then keep their
 * connections until their successors serve.
 */
export class NetworkPolicies extends pulumi.ComponentResource {
  constructor(name: string, args: NetworkPoliciesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("k8s-web:components:NetworkPolicies", name, {}, opts);
    for (const [policy, spec] of policiesOf(args)) {
      new k8s.networking.v1.NetworkPolicy(
        `${name}-${policy}`,
        { metadata: { name: policy, namespace: args.namespace }, spec },
        { parent: this },
      );
    }
    this.registerOutputs();
  }
}

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { USER } from "./pod/security";

const LEVEL = "pod-security.kubernetes.io";

/**
 * The level of Kubernetes' Pod Security Standards that a namespace enforces, as its labels.
 * @param hostPaths whether its pods have directories of the node, which all levels but the lowest forbid: `PodSecurity` then
 * enforces the rest of the highest, and what is not as that one has it is noted in the cluster's audit log only
 */
export const podSecurityLabels = (hostPaths: boolean): Record<string, string> =>
  hostPaths
    ? { [`${LEVEL}/enforce`]: "privileged", [`${LEVEL}/audit`]: "restricted" }
    : { [`${LEVEL}/enforce`]: "restricted", [`${LEVEL}/warn`]: "restricted", [`${LEVEL}/audit`]: "restricted" };

/** Kernel settings of a pod's own that are harmless to others (Pod Security Standards, baseline). */
const SAFE_SYSCTLS = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
];
/** Volumes that lie in the pod or are made for it (Pod Security Standards, restricted). */
const SAFE_VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];
const SAFE_SELINUX_TYPES = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

const CORE = { apiGroups: [""], apiVersions: ["v1"] };

const list = (items: readonly string[]): string => `[${items.map((item) => JSON.stringify(item)).join(", ")}]`;

/** What a container has where its own securityContext says nothing. Not a variable: an optional value does not survive in one. */
const POD = "object.spec.?securityContext";

/** What the rules are made of. A name that is not in an object has no value, so each asks for what may be missing by `.?`. */
const VARIABLES = {
  // Of three types, which differ in nothing that matters here.
  containers:
    "dyn(object.spec.containers) + dyn(object.spec.?initContainers.orValue([])) + dyn(object.spec.?ephemeralContainers.orValue([]))",
  /** All but the one that may be root, which is known by all that it may do. */
  ordinary:
    `variables.containers.filter(c, !(c.name == "own-directory" && object.spec.?initContainers.orValue([]).exists(i, i.name == c.name) && ` +
    `c.?command.orValue([]).size() > 2 && c.command[0] == "chown" && c.command[1] == "${USER}:${USER}" && !has(c.args) && ` +
    // No options: they could make it follow links.
    `c.command.all(a, a in ["chown", "${USER}:${USER}"] || a.startsWith("/")) && ` +
    `c.?securityContext.?capabilities.?add.orValue([]) == ["CHOWN"]))`,
} as const;

/** Each rule of the level `restricted`: the expression that is true when a pod keeps to it, and what is said when it is not. */
const rulesFor = (hostPaths: readonly string[]): [expression: string, message: string][] => [
  [
    `!object.spec.?hostNetwork.orValue(false) && !object.spec.?hostPID.orValue(false) && !object.spec.?hostIPC.orValue(false)`,
    "the pod has namespaces of the node: set hostNetwork, hostPID and hostIPC to false",
  ],
  [
    `object.spec.?volumes.orValue([]).all(v, ${[...SAFE_VOLUMES.map((kind) => `has(v.${kind})`), `v.?hostPath.?path.orValue("") in ${list(hostPaths)}`].join(" || ")})`,
    `the pod mounts what it may not: of the node's directories, only ${hostPaths.join(", ")}`,
  ],
  [
    `variables.containers.all(c, c.?ports.orValue([]).all(p, p.?hostPort.orValue(0) == 0))`,
    "a container takes a port of the node: leave hostPort out",
  ],
  [
    `variables.containers.all(c, !c.?securityContext.?privileged.orValue(false))`,
    "a container is privileged, which is root on the node: leave privileged out",
  ],
  [
    `variables.containers.all(c, !c.?securityContext.?allowPrivilegeEscalation.orValue(true))`,
    "a container may gain privileges: set allowPrivilegeEscalation to false",
  ],
  [
    `variables.containers.all(c, "ALL" in c.?securityContext.?capabilities.?drop.orValue([])) && ` +
      `variables.ordinary.all(c, c.?securityContext.?capabilities.?add.orValue([]).all(a, a == "NET_BIND_SERVICE"))`,
    "a container has capabilities: drop ALL, and add none but NET_BIND_SERVICE",
  ],
  [
    `variables.ordinary.all(c, c.?securityContext.?runAsNonRoot.orValue(${POD}.?runAsNonRoot.orValue(false)) && ` +
      `c.?securityContext.?runAsUser.orValue(${POD}.?runAsUser.orValue(1)) != 0)`,
    "a container may run as root: set runAsNonRoot, and no runAsUser of 0; only own-directory, which hands a directory of the node to the pod's user, may",
  ],
  [
    `variables.containers.all(c, c.?securityContext.?seccompProfile.?type.orValue(${POD}.?seccompProfile.?type.orValue("")) in ["RuntimeDefault", "Localhost"])`,
    "a container may make every system call: set seccompProfile to RuntimeDefault",
  ],
  [
    `${POD}.?sysctls.orValue([]).all(s, s.name in ${list(SAFE_SYSCTLS)})`,
    "the pod changes a setting of the kernel that others have too",
  ],
  [
    `variables.containers.all(c, c.?securityContext.?procMount.orValue("Default") == "Default")`,
    "a container sees all of /proc: leave procMount out",
  ],
  [
    `${POD}.?appArmorProfile.?type.orValue("") != "Unconfined" && ` +
      `variables.containers.all(c, c.?securityContext.?appArmorProfile.?type.orValue("") != "Unconfined")`,
    "a container is not confined by AppArmor: leave appArmorProfile out",
  ],
  [
    `([${POD}.?seLinuxOptions] + variables.containers.map(c, c.?securityContext.?seLinuxOptions)).all(o, ` +
      `o.?user.orValue("") == "" && o.?role.orValue("") == "" && o.?type.orValue("") in ${list(SAFE_SELINUX_TYPES)})`,
    "a container has an SELinux label that it may not have: leave seLinuxOptions out",
  ],
];

/** What PodSecurity is made of. */
export interface PodSecurityArgs {
  /** The namespace whose pods are meant. */
  readonly namespace: pulumi.Input<string>;
  /** Directories of the node that they may mount, and nothing else of the node. */
  readonly hostPaths: readonly string[];
}

/**
 * Kubernetes' Pod Security level `restricted` for a namespace whose pods have directories of the node. That level forbids
 * them, and there is none between it and those that allow everything that is forbidden here. Two things differ from it:
 *
 * - directories of the node, those that are named, may be mounted;
 * - the init container `own-directory` runs as root, with CHOWN and no other capability: the kubelet makes such a directory
 *   as root's, and fsGroup does not apply to it, so somebody has to hand it over to the pod's user.
 *
 * The objects are the whole cluster's, so their names begin with the namespace's. Needs Kubernetes 1.30 or later.
 */
export class PodSecurity extends pulumi.ComponentResource {
  constructor(name: string, args: PodSecurityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("k8s-web:components:PodSecurity", name, {}, opts);
    const metadata = { name: pulumi.interpolate`${args.namespace}-${name}` };
    const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
      name,
      {
        metadata,
        spec: {
          failurePolicy: "Fail",
          matchConstraints: {
            // What is judged here can't be changed later, except that such containers can be added.
            resourceRules: [
              { ...CORE, operations: ["CREATE"], resources: ["pods"] },
              { ...CORE, operations: ["UPDATE"], resources: ["pods/ephemeralcontainers"] },
            ],
          },
          variables: Object.entries(VARIABLES).map(([variable, expression]) => ({ name: variable, expression })),
          validations: rulesFor(args.hostPaths).map(([expression, message]) => ({
            expression,
            message,
            reason: "Forbidden",
          })),
        },
      },
      { parent: this },
    );
    new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
      name,
      {
        metadata,
        spec: {
          policyName: policy.metadata.name,
          validationActions: ["Deny"],
          matchResources: {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": args.namespace } },
          },
        },
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}

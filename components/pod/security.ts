import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

type Container = k8s.types.input.core.v1.Container;
type PodSpec = k8s.types.input.core.v1.PodSpec;

/** User and group of every container; the Dockerfiles end with the same. */
export const USER = 10001;

/** What all pods have in common: an ordinary user, no token of the API server, only the variables they are given. */
export const podDefaults = {
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: USER,
    runAsGroup: USER,
    fsGroup: USER,
    seccompProfile: { type: "RuntimeDefault" },
  },
} satisfies Partial<PodSpec>;

/** Every container's own limits: nothing to gain, nothing to write outside its mounts. */
export const restricted = {
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  },
} satisfies Partial<Container>;

/**
 * Hands mounted directories to the pod's user before the other containers start.
 * A hostPath belongs to root when the kubelet makes it, and fsGroup does not apply to it: the one thing done as root.
 */
export const ownDirectory = (
  image: pulumi.Input<string>,
  mounts: readonly { readonly name: string; readonly mountPath: string }[],
  resources: k8s.types.input.core.v1.ResourceRequirements,
): Container => ({
  name: "own-directory",
  image,
  command: ["chown", `${USER}:${USER}`, ...mounts.map(({ mountPath }) => mountPath)],
  volumeMounts: [...mounts],
  resources,
  securityContext: {
    ...restricted.securityContext,
    runAsUser: 0,
    runAsGroup: 0,
    runAsNonRoot: false,
    capabilities: { drop: ["ALL"], add: ["CHOWN"] },
  },
});

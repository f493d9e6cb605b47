import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** The files belong to root, and to the pod's group. */
const READ_BY_GROUP = 0o440;

/** A volume and where it is mounted, defined together so that the two names can't differ. */
export interface MountedVolume {
  /** For the volumes of a pod. */
  readonly volume: k8s.types.input.core.v1.Volume;
  /** For the volumeMounts of its containers. */
  readonly mount: {
    /** Name of the volume. */
    readonly name: string;
    /** Absolute path in the container. */
    readonly mountPath: string;
  };
}

/** A directory of the node, made when it isn't there; it outlives the pod. */
export const hostDirectory = (name: string, path: string, mountPath: string): MountedVolume => ({
  volume: { name, hostPath: { path, type: "DirectoryOrCreate" } },
  mount: { name, mountPath },
});

/** A PersistentVolumeClaim of the pod's namespace. */
export const claimedDirectory = (name: string, claim: pulumi.Input<string>, mountPath: string): MountedVolume => ({
  volume: { name, persistentVolumeClaim: { claimName: claim } },
  mount: { name, mountPath },
});

/** Entries of a Secret as files, which follow the Secret while the pod runs. */
export const secretDirectory = (
  name: string,
  secret: pulumi.Input<string>,
  keys: readonly string[],
  mountPath: string,
): MountedVolume => ({
  volume: {
    name,
    secret: { secretName: secret, defaultMode: READ_BY_GROUP, items: keys.map((key) => ({ key, path: key })) },
  },
  mount: { name, mountPath },
});

/** The entries of a ConfigMap as files, which follow it while the pod runs. */
export const configDirectory = (name: string, configMap: pulumi.Input<string>, mountPath: string): MountedVolume => ({
  volume: { name, configMap: { name: configMap } },
  mount: { name, mountPath },
});

/** An empty directory that lives as long as the pod. */
export const scratchDirectory = (name: string, mountPath: string): MountedVolume => ({
  volume: { name, emptyDir: {} },
  mount: { name, mountPath },
});

/** The two halves as a pod's template takes them. */
export const volumesOf = (mounted: readonly MountedVolume[]) => mounted.map(({ volume }) => volume);
export const mountsOf = (mounted: readonly MountedVolume[]) => mounted.map(({ mount }) => mount);

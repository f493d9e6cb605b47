import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { claimedDirectory, hostDirectory, MountedVolume } from "./pod/volumes";

/** Where data is kept that must outlive its pods. */
export type Storage =
  | {
      /** A directory of a node. */
      readonly kind: "hostPath";
      /** Directory on the node, made when it isn't there. */
      readonly path: string;
      /** Name of the node that has it. @default any: right for a cluster of one node */
      readonly node?: string | undefined;
    }
  | {
      /** A PersistentVolumeClaim. */
      readonly kind: "claim";
      /** Class of the volume. @default the cluster's default class */
      readonly storageClass?: string | undefined;
      /** What the claim asks for, e.g. 8Gi. */
      readonly size: string;
      /** Whether `pulumi destroy` leaves the claim alone. It lies in a namespace, which then has to stay too. */
      readonly keep: boolean;
    };

/** What a DataVolume is made of. */
export interface DataVolumeArgs {
  /** Namespace of the pods that use it. */
  readonly namespace: pulumi.Input<string>;
  /** Where the data lies. A change is refused, unless `allowMove` says that it is meant. */
  readonly storage: Storage;
  /** Whether pods on several nodes write to it at once. @default false */
  readonly shared?: boolean;
  /** Whether another place than the last time is meant. Nothing is moved there. @default false */
  readonly allowMove?: boolean | undefined;
}

/** A place for data in words: equal words are the same place. */
export const locationOf = (storage: Storage): string =>
  storage.kind === "hostPath"
    ? `hostPath ${storage.path}${storage.node === undefined ? "" : ` on node ${storage.node}`}`
    : `claim of storage class ${storage.storageClass ?? "(default)"}`;

/**
 * Why data may not be looked for in another place.
 * @returns undefined when the place is the same, or when the move is meant
 */
export const refusalToMove = (
  name: string,
  was: string | undefined,
  wanted: string,
  allowMove: boolean,
): string | undefined =>
  was === undefined || was === wanted || allowMove
    ? undefined
    : `The data of ${name} lies in: ${was}. The configuration now says: ${wanted}. Its pods were left alone, and nothing would be moved. ` +
      "Next: set it back; or move the data yourself, see docs/runbook.md, and then: pulumi config set allowDataMove true";

/** A place for data that outlives its pods, and a note in the cluster of where it is, so that it isn't changed by mistake. */
export class DataVolume extends pulumi.ComponentResource {
  /** Whether it is a directory of a node, which belongs to root when it is new. */
  readonly onNode: boolean;
  /** Nodes that can reach it. @default all */
  readonly nodeSelector: Record<string, string> | undefined;
  /** The place, in words. */
  readonly location: string;
  private readonly at: (name: string, mountPath: string) => MountedVolume;

  /**
   * `protect` among the options makes Pulumi refuse to delete or replace the claim.
   */
  constructor(name: string, args: DataVolumeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("k8s-web:components:DataVolume", name, {}, opts);
    const { storage } = args;
    this.location = locationOf(storage);
    this.onNode = storage.kind === "hostPath";

    const note = new k8s.core.v1.ConfigMap(
      `${name}-location`,
      { metadata: { namespace: args.namespace }, data: { location: this.location } },
      {
        parent: this,
        protect: false,
        hooks: {
          beforeUpdate: [
            new pulumi.ResourceHook(
              `${name}-stays`,
              ({ oldInputs }) => {
                const was = (oldInputs as { data?: { location?: string } } | undefined)?.data?.location;
                const refusal = refusalToMove(name, was, this.location, args.allowMove ?? false);
                if (refusal !== undefined) {
                  throw new pulumi.RunError(refusal);
                }
              },
              { onDryRun: true },
            ),
          ],
        },
      },
    );

    if (storage.kind === "hostPath") {
      this.nodeSelector = storage.node === undefined ? undefined : { "kubernetes.io/hostname": storage.node };
      this.at = (volume, mountPath) => hostDirectory(volume, storage.path, mountPath);
    } else {
      const claim = new k8s.core.v1.PersistentVolumeClaim(
        name,
        {
          metadata: {
            name,
            namespace: args.namespace,
            // A class may wait for the first pod before it makes a volume, and the pods wait for the claim.
            annotations: { "pulumi.com/skipAwait": "true" },
          },
          spec: {
            accessModes: [args.shared === true ? "ReadWriteMany" : "ReadWriteOnce"],
            ...(storage.storageClass === undefined ? {} : { storageClassName: storage.storageClass }),
            resources: { requests: { storage: storage.size } },
          },
        },
        { parent: this, dependsOn: [note], retainOnDelete: storage.keep },
      );
      this.at = (volume, mountPath) => claimedDirectory(volume, claim.metadata.name, mountPath);
    }
    this.registerOutputs({ location: this.location });
  }

  /** The volume as a pod mounts it. */
  mounted(name: string, mountPath: string): MountedVolume {
    return this.at(name, mountPath);
  }
}

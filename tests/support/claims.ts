import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";

import { stringify } from "yaml";

import { run, succeed } from "./run";

/** The claims of a stack whose storage they are. */
export const CLAIMS = ["mysql-master", "redis-master", "dabaweb"];
/** That of the web, whose pods share it. */
const SHARED = "dabaweb";

export interface ClaimVolumes {
  /**
   * Makes a volume for each claim: a directory of this machine, which its nodes have in common.
   * @param masters names of the nodes that reach the masters' volumes
   * @param shared names of those that reach the web's, as a network's would be
   */
  readonly make: (masters: readonly string[], shared: readonly string[]) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/**
 * Volumes for the claims of a stack; a cluster with a provisioner makes them by itself.
 * @param directory where they lie
 */
export function claimVolumes(storageClass: string, namespace: string, directory: string): ClaimVolumes {
  const manifest = (name: string, shared: boolean, nodes: readonly string[]): string => {
    const place = path.join(directory, name);
    mkdirSync(place, { recursive: true });
    const reaching = { key: "kubernetes.io/hostname", operator: "In", values: nodes };
    return stringify({
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: `${storageClass}-${name}` },
      spec: {
        capacity: { storage: "8Gi" },
        accessModes: [shared ? "ReadWriteMany" : "ReadWriteOnce"],
        storageClassName: storageClass,
        claimRef: { namespace, name },
        local: { path: place },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [reaching] }] } },
      },
    });
  };
  return {
    make: async (masters, shared) => {
      const manifests = CLAIMS.map((name) =>
        name === SHARED ? manifest(name, true, shared) : manifest(name, false, masters),
      );
      await succeed("kubectl", ["apply", "-f", "-"], { input: manifests.join("---\n") });
    },
    remove: async () => {
      await run("kubectl", ["delete", "pv", ...CLAIMS.map((name) => `${storageClass}-${name}`), "--ignore-not-found"]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

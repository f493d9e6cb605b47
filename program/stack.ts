import * as k8s from "@pulumi/kubernetes";

import {
  DataVolume,
  PodSecurity,
  podSecurityLabels,
  Priorities,
  pullSecret,
  registryServer,
  Storage,
} from "../components";
import { loadSettings } from "../config";

/** What everything in the stack has in common: its settings, its place in the cluster, and how it keeps data. */
export type Stack = ReturnType<typeof openStack>;

/** Reads the settings, and makes the namespace with what all of it needs. */
export function openStack() {
  const { settings, secrets, caCertificates } = loadSettings();
  const { hostPaths, hostsFrom, protect, readyTimeout } = settings;

  const connection = {
    context: settings.context,
    ...(settings.kubeconfig === undefined ? {} : { kubeconfig: settings.kubeconfig }),
    // In place, so that running pods see a changed password; what must be replaced says so itself.
    enableSecretMutable: true,
    enableConfigMapMutable: true,
    // What somebody has edited by hand is taken back; without this, `up` would stop at whoever wrote the field last.
    enablePatchForce: true,
  };
  const cluster = new k8s.Provider("cluster", connection);
  const onCluster = { providers: { kubernetes: cluster } };

  const login =
    settings.registryUsername === undefined || secrets.registryPassword === undefined
      ? undefined
      : {
          server: registryServer(settings.registry),
          username: settings.registryUsername,
          password: secrets.registryPassword,
        };

  const onNode = settings.storage.kind === "hostPath";
  const keepsClaims = settings.storage.kind === "claim" && settings.storage.onDestroy === "keep";
  // What `pulumi destroy` left behind, the next `pulumi up` takes over. Nothing else is: whatever is there already is an error.
  const keeper = keepsClaims ? new k8s.Provider("keeper", { ...connection, upsertExistingObjects: true }) : cluster;
  const namespace = new k8s.core.v1.Namespace(
    "namespace",
    { metadata: { name: settings.namespace, labels: podSecurityLabels(onNode) } },
    { provider: keeper, protect, retainOnDelete: keepsClaims },
  ).metadata.name;
  if (onNode) {
    const mounted = [
      ...Object.values(hostPaths),
      ...(settings.backup === undefined ? [] : [settings.backup.storage.path]),
    ];
    new PodSecurity("pod-security", { namespace, hostPaths: mounted }, onCluster);
  }

  const dataVolume = (name: string, size: string, path: string, shared = false) => {
    const { kind, node, storageClass } = settings.storage;
    const storage: Storage =
      kind === "hostPath" ? { kind, path, node } : { kind, storageClass, size, keep: keepsClaims };
    const { allowDataMove: allowMove } = settings;
    return new DataVolume(
      name,
      { namespace, storage, shared, allowMove },
      { providers: { kubernetes: keeper }, protect },
    );
  };

  const imagePullSecrets =
    login === undefined ? [] : [pullSecret("registry", { namespace, login }, { provider: cluster }).metadata.name];
  const priorities = new Priorities("priority", { namespace, existing: settings.priority }, onCluster).classes;
  const workload = { namespace, hostsFrom, readyTimeout, imagePullSecrets, priorities };

  return { settings, secrets, caCertificates, login, onCluster, workload, dataVolume };
}

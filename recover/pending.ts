/** What a run of Pulumi that was cut off had begun to make, and what becomes of it. */

/** The part of an exported state that matters here (sdk/go/common/apitype, DeploymentV3). */
export interface State {
  readonly deployment: {
    readonly resources?: readonly Resource[];
    readonly pending_operations?: readonly { readonly resource: Resource; readonly type: string }[];
  };
}

interface Resource {
  readonly urn: string;
  readonly id?: string;
  readonly type: string;
  readonly provider?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

/** An object of Kubernetes, and where to ask for it. */
export interface KubernetesObject {
  readonly kind: string;
  /** Kind as kubectl takes it, with version and group. */
  readonly qualified: string;
  readonly name: string;
  /** @default none: an object of the whole cluster */
  readonly namespace?: string | undefined;
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
}

/** Something that may or may not have been made. */
export interface Pending {
  readonly urn: string;
  readonly type: string;
  /** @default none: not an object of Kubernetes */
  readonly object?: KubernetesObject | undefined;
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Job.v1.batch; or ReplicationController.v1. with a dot at the end, for the group without a name. */
const qualified = (apiVersion: string, kind: string): string => {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  return [kind, version, group].join(".");
};

const objectOf = (resource: Resource, provider: Resource | undefined): KubernetesObject | undefined => {
  const { apiVersion, kind, metadata } = resource.inputs ?? {};
  const { name, namespace } = (metadata ?? {}) as Record<string, unknown>;
  if (!resource.type.startsWith("kubernetes:") || typeof kind !== "string" || typeof name !== "string") {
    return undefined;
  }
  return {
    kind,
    qualified: qualified(text(apiVersion) ?? "v1", kind),
    name,
    namespace: text(namespace),
    context: text(provider?.inputs?.["context"]),
    kubeconfig: text(provider?.inputs?.["kubeconfig"]),
  };
};

/** All that was being made when the run was cut off. */
export const pendingCreates = ({ deployment }: State): Pending[] =>
  (deployment.pending_operations ?? [])
    .filter(({ type }) => type === "creating")
    .map(({ resource }) => {
      const provider = deployment.resources?.find(({ urn, id }) => `${urn}::${id ?? ""}` === resource.provider);
      return { urn: resource.urn, type: resource.type, object: objectOf(resource, provider) };
    });

/** What Pulumi calls an object. */
export const idOf = ({ name, namespace }: KubernetesObject): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

/** Pulumi's Kubernetes provider signs with names that begin so. */
const MANAGER = "pulumi-kubernetes";

/** What may hold data, or is deleted with all that lies in it: never removed here. */
const HOLDS_DATA = ["Namespace", "PersistentVolumeClaim"];

export type Decision = "make anew" | "remove" | "leave" | "refuse";

/**
 * What becomes of an object that may have been made. Nobody refers to it yet, and Pulumi can't take it over (its own
 * `--import-pending-creates` only renames the note), so it goes and is made anew.
 * @param managers who has written to it, by its `managedFields`; undefined when it isn't there
 */
export const decide = (kind: string, managers: readonly string[] | undefined): Decision => {
  if (managers === undefined) {
    return "make anew";
  }
  if (!managers.some((manager) => manager.startsWith(MANAGER))) {
    return "refuse";
  }
  return HOLDS_DATA.includes(kind) ? "leave" : "remove";
};

/** The seed's way of running the application, as Kubernetes objects. */
import { parseAllDocuments } from "yaml";

type Fields = Readonly<Record<string, unknown>>;

interface Named extends Fields {
  readonly name: string;
}
interface Container extends Named {
  readonly volumeMounts?: readonly Named[];
  readonly env?: readonly unknown[];
}

/** A pod of the stack, as far as the seed's pods are like it. */
export interface WebPod {
  readonly metadata: { readonly name: string };
  readonly spec: Fields & { readonly containers: readonly Container[]; readonly volumes?: readonly Named[] };
}

interface Controller {
  readonly kind: "ReplicationController";
  readonly spec: {
    readonly template: Fields & { readonly spec: WebPod["spec"] };
  };
}

/** The volume by which the stack's pods know their servers. */
const TRUST = "authorities";
const POD_FIELDS = ["securityContext", "imagePullSecrets", "nodeSelector", "tolerations"];
const CONTAINER_FIELDS = ["image", "imagePullPolicy", "resources", "securityContext"];

const picked = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(names.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]));

/** The trust among volumes, or among the places where they are mounted. */
const trustAmong = (volumes: readonly Named[] = []) => volumes.filter(({ name }) => name === TRUST);

const isController = (object: unknown): object is Controller =>
  (object as { kind?: unknown }).kind === "ReplicationController";

/**
 * The objects of the manifest, whose pods have the images, environment, resources and security contexts of the stack's.
 * @throws Error when the stack's pod has no container of a name that the manifest has
 */
export function seedOf(manifest: string, pod: WebPod): unknown[] {
  const containerOf = (container: Container): Container => {
    const model = pod.spec.containers.find(({ name }) => name === container.name);
    if (model === undefined) {
      throw new Error(`pod ${pod.metadata.name} has no container ${container.name}`);
    }
    const env = [...(model.env ?? []), ...(container.env ?? [])];
    const volumeMounts = [...trustAmong(model.volumeMounts), ...(container.volumeMounts ?? [])];
    return { ...picked(model, CONTAINER_FIELDS), ...container, env, volumeMounts };
  };
  return parseAllDocuments(manifest).map((document) => {
    const object: unknown = document.toJS();
    if (!isController(object)) {
      return object;
    }
    const { template } = object.spec;
    const containers = template.spec.containers.map(containerOf);
    const volumes = [...trustAmong(pod.spec.volumes), ...(template.spec.volumes ?? [])];
    const spec = { ...picked(pod.spec, POD_FIELDS), ...template.spec, containers, volumes };
    return { ...object, spec: { ...object.spec, template: { ...template, spec } } };
  });
}

import { at, items, Json, text, UNKNOWN } from "./json";
import { Resource } from "./rule";

/** Where kinds have the template of their pods. */
const TEMPLATES = [
  ["spec", "template"],
  ["spec", "jobTemplate", "spec", "template"],
];

/** A pod, or the template of one: its `metadata` and `spec`. */
export const podOf = ({ type, props }: Resource): Json => {
  if (!type.startsWith("kubernetes:")) {
    return undefined;
  }
  const template = TEMPLATES.map((path) => at(props, ...path)).find(
    (pod) => at(pod, "spec", "containers") !== undefined,
  );
  return template ?? (type.endsWith(":Pod") ? props : undefined);
};

/** A container of a resource's pods. */
export interface Container {
  /** The resource's and the container's name, for messages. */
  readonly where: string;
  readonly init: boolean;
  readonly spec: Json;
}

/** All containers that a resource makes, init containers first. */
export const containersOf = (resource: Resource): Container[] => {
  const pod = podOf(resource);
  const named = (list: string, init: boolean): Container[] =>
    items(at(pod, "spec", list)).map((spec) => ({
      where: `${resource.name}/${text(at(spec, "name")) ?? "?"}`,
      init,
      spec,
    }));
  return [...named("initContainers", true), ...named("containers", false)];
};

/** Whether the pods serve until they are told to stop, unlike those of a Job. */
export const serves = (resource: Resource): boolean => {
  const policy = at(podOf(resource), "spec", "restartPolicy");
  return policy === undefined || policy === "Always" || policy === UNKNOWN;
};

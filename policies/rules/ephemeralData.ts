import { at, fields, isMissing, items, Json, text, UNKNOWN } from "../json";
import { containersOf, podOf } from "../pods";
import { Resource, Rule } from "../rule";

/** Where the pods with data have it, by their label `name`. Slaves are not among them: they take theirs from the master. */
const DATA: Readonly<Record<string, string>> = {
  "mysql-master": "/var/lib/mysql",
  "redis-master": "/data",
  dabacluster: "/usr/src/dabaweb",
};
/** Volumes that outlive the pods. */
const DURABLE = ["hostPath", "persistentVolumeClaim"];
const NEXT = "Next: mount a hostPath or a PersistentVolumeClaim there, as DataVolume does";

const labelOf = (resource: Resource): string | undefined =>
  text(at(podOf(resource), "metadata", "labels", "name")) ?? text(at(resource.props, "metadata", "labels", "name"));

/** What kind of volume it is, e.g. emptyDir: the field besides its name. */
const kindOf = (volume: Json): string =>
  fields(volume).find(([key, value]) => key !== "name" && !isMissing(value))?.[0] ?? "emptyDir";

/** A master on a volume that ends with its pod is empty after the next restart. */
export const ephemeralData: Rule = {
  name: "ephemeral-data",
  description: "Data lies on volumes that outlive the pods.",
  check: (resource) => {
    const label = labelOf(resource);
    const path = label === undefined ? undefined : DATA[label];
    const spec = at(podOf(resource), "spec");
    const containers = containersOf(resource).filter(({ init }) => !init);
    const unknown =
      at(spec, "volumes") === UNKNOWN || containers.some((one) => at(one.spec, "volumeMounts") === UNKNOWN);
    if (path === undefined || containers.length === 0 || unknown) {
      return [];
    }
    const volumes = containers
      .flatMap((container) => items(at(container.spec, "volumeMounts")))
      .filter((mount) => at(mount, "mountPath") === path)
      .map((mount) => items(at(spec, "volumes")).find((volume) => at(volume, "name") === at(mount, "name")));
    if (volumes.length === 0) {
      return [`${resource.name}: nothing is mounted at ${path}. ${NEXT}`];
    }
    return [...new Set(volumes.map(kindOf))]
      .filter((kind) => !DURABLE.includes(kind))
      .map((kind) => `${resource.name}: the data at ${path} lies on a volume of the kind ${kind}. ${NEXT}`);
  },
};

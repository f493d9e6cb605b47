/** Objects of Kubernetes as YAML that is the same whenever the program is: sorted, without times and chance. */
import { stringify } from "yaml";

import { named, Registration } from "./engine";

/** An object of Kubernetes, as far as its place among others goes. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** What sorts the objects: those that others lie in first, then by kind and name. */
const place = ({ kind, metadata }: KubernetesObject): string =>
  [metadata.namespace === undefined ? 0 : 1, kind, metadata.name].join(" ");

/** The objects among what a program registered, under their names, sorted. */
export const objectsOf = (registrations: readonly Registration[]): KubernetesObject[] =>
  registrations
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map((registration) => named(registration) as unknown as KubernetesObject)
    .sort((a, b) => (place(a) < place(b) ? -1 : 1));

/** One object as a document of YAML; kubectl takes a bare `yes` for a truth value, as YAML 1.1 did. */
export const yamlOf = (object: KubernetesObject): string =>
  stringify(object, { sortMapEntries: true, aliasDuplicateObjects: false, compat: "yaml-1.1" });

/** All objects as one stream. */
export const streamOf = (objects: readonly KubernetesObject[]): string => objects.map(yamlOf).join("---\n");

/** The name of a file with one object. */
export const fileNameOf = ({ kind, metadata }: KubernetesObject): string =>
  `${kind.toLowerCase()}-${metadata.name}.yaml`;

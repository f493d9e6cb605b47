import { at, isMissing } from "../json";
import { containersOf } from "../pods";
import { Rule } from "../rule";

const WANTED = ["requests", "limits"].flatMap((bound) =>
  ["cpu", "memory"].map((resource) => [bound, resource] as const),
);

/** One container without limits can take a node from all others; without requests, the scheduler can't know. */
export const resourceLimits: Rule = {
  name: "resource-limits",
  description: "Containers have requests and limits of CPU and memory.",
  check: (resource) =>
    containersOf(resource).flatMap(({ where, spec }) => {
      const missing = WANTED.filter((path) => isMissing(at(spec, "resources", ...path))).map((path) => path.join("."));
      return missing.length === 0 ? [] : [`${where}: resources lack ${missing.join(", ")}. Next: set them`];
    }),
};

import { at, isMissing } from "../json";
import { containersOf, serves } from "../pods";
import { Rule } from "../rule";

const WANTED = ["startupProbe", "livenessProbe", "readinessProbe"];

/**
 * Without readiness, requests go to pods that can't answer yet; without liveness, a hung one stays; and without a startup
 * probe, liveness kills a database in its first initialisation. What runs to an end needs none: init containers and Jobs.
 */
export const probes: Rule = {
  name: "probes",
  description: "Containers that serve have startup, liveness and readiness probes.",
  check: (resource) =>
    containersOf(resource)
      .filter(({ init }) => !init && serves(resource))
      .flatMap(({ where, spec }) => {
        const missing = WANTED.filter((probe) => isMissing(at(spec, probe)));
        return missing.length === 0 ? [] : [`${where} has no ${missing.join(", ")}. Next: add what is missing`];
      }),
};

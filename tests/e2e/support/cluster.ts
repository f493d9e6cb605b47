import { cluster } from "../../support/cluster";
import { NAMESPACE } from "./stack";

export type { Pod } from "../../support/cluster";
export const { kubectl, readyPods, onlyPod, deletePod, exec, mysql, redis, fingerprint } = cluster(NAMESPACE);

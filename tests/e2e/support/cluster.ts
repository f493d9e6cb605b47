import { cluster } from "../../support/cluster";
import { NAMESPACE } from "./stack";

export type { Pod } from "../../support/cluster";
export const { kubectl, pods, readyPods, onlyPod, deletePod, exec, mysql, redis, fingerprint } = cluster(NAMESPACE);

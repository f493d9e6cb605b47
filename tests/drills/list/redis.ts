import { empty } from "../../support/node";
import { Drill } from "../drill";
import { kill } from "../faults/node";
import { aSlave } from "../faults/pods";
import { deletePod, exec, onlyPod, stack } from "../stack";

const master = () => onlyPod("redis-master");

export const redisDrills: readonly Drill[] = [
  {
    name: "kill -9 of the master's redis-server",
    load: ["redis"],
    fault: async () => {
      kill(await master(), "redis-server");
    },
  },
  {
    name: "master's directory lost, and its pod deleted",
    load: ["redis"],
    promised: "confirmed",
    fault: async () => {
      const pod = await master();
      empty(stack.hostPaths.redisData);
      await deletePod(pod);
    },
  },
  {
    name: "a slave's data wiped",
    load: ["redis"],
    fault: async () => {
      const pod = await aSlave("redis-slave");
      await exec(pod, ["sh", "-c", "rm -rf /data/* /data/.[!.]*"]);
      kill(pod, "redis-server");
    },
  },
];

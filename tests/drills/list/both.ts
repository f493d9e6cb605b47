import { succeed } from "../../support/run";
import { Drill } from "../drill";
import { kubectl } from "../stack";

const PODS = "name in (mysql-master, mysql-slave, redis-master, redis-slave)";

export const bothDrills: readonly Drill[] = [
  {
    name: "all database pods deleted at once",
    load: ["mysql", "redis"],
    noSlaves: true,
    fault: async () => {
      await kubectl(["delete", "pods", "-l", PODS, "--wait"]);
    },
  },
  // The last one: whatever else runs on the embedded cluster stops too.
  {
    name: "all processes of the node stopped and started",
    load: ["mysql", "redis"],
    noSlaves: true,
    fault: async ({ say }) => {
      await succeed("embedded", ["down"]);
      say("all stopped; starts them");
      await succeed("embedded", ["up"]);
    },
  },
];

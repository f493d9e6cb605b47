import { expect } from "chai";

import { succeed } from "../../support/run";
import { Drill, mended, Scene } from "../drill";
import { kubectl, stack } from "../stack";

/** Bar: longest time, in seconds, without writes while a master is updated. */
const GAP_SECONDS = 30;
const PODS = "name in (mysql-master, mysql-slave, redis-master, redis-slave)";

/** A new template for both masters, and for nothing else; then the old one again. */
async function updateAndRollBack({ mysql, redis, say, note }: Scene): Promise<void> {
  const gaps: Record<string, number[]> = { MySQL: [], Redis: [] };
  for (const changes of [{ masterRecovery: "available" }, {}]) {
    const from = Date.now();
    await stack.up(changes);
    for (const load of [mysql, redis]) {
      await mended(load);
      gaps[load.name]?.push(load.writer.trace.longestGap(from, Date.now()));
    }
    say("updated, and writes are back");
  }
  for (const [name, [update = Number.NaN, rollBack = Number.NaN]] of Object.entries(gaps)) {
    expect(Math.max(update, rollBack), `${name}: seconds without writes`).to.be.at.most(GAP_SECONDS);
    note(`${name}: ${update.toFixed(1)} s and ${rollBack.toFixed(1)} s`);
  }
}

export const bothDrills: readonly Drill[] = [
  {
    name: "masters updated in place, and rolled back",
    load: ["mysql", "redis"],
    fault: updateAndRollBack,
  },
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

import { readdirSync } from "node:fs";
import path from "node:path";

import { Pod } from "../../support/cluster";
import { read, signal } from "../../support/node";
import { succeed } from "../../support/run";
import { exec } from "../stack";

/** Kills a pod's processes of a name as the kernel would, without a word. */
export const kill = (pod: Pod, name: string): void => {
  signal(pod, name, "SIGKILL");
};

/** The node's end of a pod's network cable. */
async function cableOf(pod: Pod): Promise<string> {
  const index = (await exec(pod, ["cat", "/sys/class/net/eth0/iflink"])).trim();
  const name = readdirSync("/sys/class/net").find(
    (link) => read(path.join("/sys/class/net", link, "ifindex")).trim() === index,
  );
  if (name === undefined) {
    throw new Error(`${pod.metadata.name}: the node has no network interface with the index ${index}`);
  }
  return name;
}

/**
 * Takes a pod off the network for as long as something lasts: packets vanish in both directions, connections hang.
 * It is the link that goes down, so nothing can be left behind that outlives the pod.
 */
export async function withoutNetwork(pod: Pod, during: () => Promise<void>): Promise<void> {
  const cable = await cableOf(pod);
  await succeed("ip", ["link", "set", "dev", cable, "down"]);
  try {
    await during();
  } finally {
    await succeed("ip", ["link", "set", "dev", cable, "up"]);
  }
}

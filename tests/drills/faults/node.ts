import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { Pod } from "../../support/cluster";
import { succeed } from "../../support/run";
import { exec } from "../stack";

/** A file of /proc; empty when its process has ended meanwhile. */
const read = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
};

/** Ids, on the node, of a pod's processes with a name. */
export const processesOf = (pod: Pod, name: string): number[] =>
  readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((id) => read(`/proc/${id}/comm`).trim() === name)
    .filter((id) => read(`/proc/${id}/cgroup`).includes(`pod${pod.metadata.uid}`))
    .map(Number);

export const commandOf = (id: number): string => read(`/proc/${id}/cmdline`).replaceAll("\0", " ");

/** Kills a pod's processes of a name as the kernel would, without a word. */
export function kill(pod: Pod, name: string): void {
  const ids = processesOf(pod, name);
  if (ids.length === 0) {
    throw new Error(`${pod.metadata.name} has no process ${name} to kill`);
  }
  for (const id of ids) {
    process.kill(id, "SIGKILL");
  }
}

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

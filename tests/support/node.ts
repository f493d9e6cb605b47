import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

import { Pod } from "./cluster";

/** A file of the kernel's; empty when what it is about has ended meanwhile. */
export const read = (file: string): string => {
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

/** Sends a signal to a pod's processes of a name. */
export function signal(pod: Pod, name: string, which: NodeJS.Signals): void {
  const ids = processesOf(pod, name);
  if (ids.length === 0) {
    throw new Error(`${pod.metadata.name} has no process ${name}`);
  }
  for (const id of ids) {
    process.kill(id, which);
  }
}

/** Removes all that lies in a directory of the node; the directory, which pods have mounted, stays. */
export function empty(directory: string): void {
  for (const entry of readdirSync(directory)) {
    rmSync(path.join(directory, entry), { recursive: true, force: true });
  }
}

/** Sends a signal to the process in which a node of the embedded cluster lives, other than the first: with it, all ends. */
export function signalNode(node: string, which: NodeJS.Signals): void {
  const [id, ...others] = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => read(`/proc/${entry}/cmdline`).endsWith(`\0hold\0${node}\0`));
  if (id === undefined || others.length > 0) {
    throw new Error(`${others.length + (id === undefined ? 0 : 1)} processes hold the node ${node}, not one`);
  }
  process.kill(Number(id), which);
}

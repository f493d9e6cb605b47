import { expect } from "chai";

import { Pod } from "../../support/cluster";
import { eventually } from "../../support/run";
import { kubectl, readyPods, SLAVES } from "../stack";

/** One of the slaves. */
export async function aSlave(name: keyof typeof SLAVES): Promise<Pod> {
  const [slave] = await readyPods(name);
  if (slave === undefined) {
    throw new Error(`no pod of ${name} is ready`);
  }
  return slave;
}

/** What a pod's server, as it runs now, has logged so far. */
export const logOf = (pod: Pod): Promise<string> => kubectl(["logs", pod.metadata.name]);

/** Reads a pod's log from now on; all of it when its server is started anew meanwhile. */
export async function logFrom(pod: Pod): Promise<() => Promise<string>> {
  const before = await logOf(pod);
  return async () => {
    const log = await logOf(pod);
    return log.startsWith(before) ? log.slice(before.length) : log;
  };
}

/** Waits for a line in a log. */
export const logged = (log: () => Promise<string>, line: RegExp, seconds: number): Promise<void> =>
  eventually(seconds, async () => {
    expect(await log()).to.match(line);
  });

/** Deletes a pod, and returns all that it logged up to its end. */
export async function deleteAndReadLog(pod: Pod): Promise<string> {
  const log = kubectl(["logs", "--follow", pod.metadata.name]);
  await kubectl(["delete", "pod", pod.metadata.name, "--wait"]);
  return log;
}

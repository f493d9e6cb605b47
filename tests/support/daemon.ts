import { spawn } from "node:child_process";
import { once } from "node:events";

import { eventually } from "./run";

/** Time, in seconds, until one answers. */
const START_SECONDS = 60;

/** Ends a daemon; nothing of it is worth a clean end. */
export type Close = () => Promise<void>;

/**
 * Starts a command that stays until it is closed; throws when it ends, or does not answer, at its start.
 * @param answers throws as long as it does not
 */
export async function daemon(
  command: string,
  args: readonly string[],
  answers: () => Promise<unknown>,
): Promise<Close> {
  const child = spawn(command, args, { stdio: "ignore" });
  const ended = once(child, "exit");
  const close = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  try {
    await eventually(START_SECONDS, async () => {
      if (child.exitCode !== null) {
        throw new Error(`${command} ended with ${child.exitCode}`);
      }
      await answers();
    });
  } catch (error) {
    await close();
    throw error;
  }
  return close;
}

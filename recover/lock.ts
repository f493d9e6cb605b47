/** The locks that runs of Pulumi leave in a backend of files when they are killed. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Who holds a lock (pkg/backend/diy, lockContent). */
export interface Lock {
  readonly pid: number;
  readonly username: string;
  readonly hostname: string;
  readonly timestamp: string;
}

/** The locks of a stack. Backends that are no files look after their locks themselves, so there are none to see. */
export function locksOf(backend: string, project: string, stack: string): Lock[] {
  if (!backend.startsWith("file://")) {
    return [];
  }
  const folder = path.join(fileURLToPath(backend), ".pulumi/locks/organization", project, stack);
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .map((name) => JSON.parse(readFileSync(path.join(folder, name), "utf8")) as Lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return [];
    }
    throw error;
  }
}

/** The locks whose holder may still be at work: only of a process of this machine is it known that it has ended. */
export const heldOf = (locks: readonly Lock[], hostname: string, lives: (pid: number) => boolean): Lock[] =>
  locks.filter((lock) => lock.hostname !== hostname || lives(lock.pid));

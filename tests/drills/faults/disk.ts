import { rmSync, statfsSync } from "node:fs";
import path from "node:path";

import { run } from "../../support/run";

/** Fills a file system for as long as something lasts. */
export async function withFullDisk(directory: string, during: () => Promise<void>): Promise<void> {
  const filler = (index: number) => path.join(directory, `filler.${index}`);
  let fillers = 0;
  try {
    // What one call leaves over, for the file system's own bookkeeping, the next one takes.
    for (let free = 1; free > 0 && fillers < 20; fillers++) {
      const { bavail, bsize } = statfsSync(directory);
      free = bavail * bsize;
      await run("fallocate", ["--length", String(Math.max(free, 1)), filler(fillers)]);
    }
    await during();
  } finally {
    for (let index = 0; index < fillers; index++) {
      rmSync(filler(index), { force: true });
    }
  }
}

import { mkdirSync, readFileSync, rmSync } from "node:fs";

import { run, succeed } from "./run";

const imageOf = (directory: string) => `${directory}.img`;

const isMounted = (directory: string): boolean =>
  readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .some((line) => line.split(" ")[1] === directory);

/** Mounts a file system of limited size at a directory; its image, a sparse file, lies beside it. */
export async function mountVolume(directory: string, mebibytes: number): Promise<void> {
  const image = imageOf(directory);
  mkdirSync(directory, { recursive: true });
  await succeed("truncate", [`--size=${mebibytes}M`, image]);
  await succeed("mkfs.ext4", ["-q", "-m", "0", image]);
  await succeed("mount", ["-o", "loop", image, directory]);
}

/** Unmounts it and removes its image; does nothing when there is none. */
export async function unmountVolume(directory: string): Promise<void> {
  if (isMounted(directory)) {
    const { code, output } = await run("umount", [directory]);
    if (code !== 0) {
      throw new Error(`${directory} is still in use (fuser -vm ${directory} says by whom): ${output}`);
    }
  }
  rmSync(imageOf(directory), { force: true });
}

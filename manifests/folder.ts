import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { fileNameOf, KubernetesObject, yamlOf } from "./render";

/** The first line of each file; one without it is somebody else's. */
const MARK =
  '# Rendered by "npm run manifests", with stand-ins for what only a cluster knows: to read, not to apply.\n';

/**
 * Writes a file an object, and removes those of an earlier run.
 * @throws Error when something else lies in the folder; nothing is changed then
 */
export function writeFolder(folder: string, objects: readonly KubernetesObject[]): void {
  mkdirSync(folder, { recursive: true });
  const found = readdirSync(folder, { withFileTypes: true });
  const foreign = found.find(
    (entry) => !entry.isFile() || !readFileSync(path.join(folder, entry.name), "utf8").startsWith(MARK),
  );
  if (foreign !== undefined) {
    throw new Error(
      `${path.join(folder, foreign.name)} was not written by this command, so the folder was left alone. ` +
        "Next: name a folder that is empty, or that is not there yet",
    );
  }
  for (const { name } of found) {
    rmSync(path.join(folder, name));
  }
  for (const object of objects) {
    writeFileSync(path.join(folder, fileNameOf(object)), MARK + yamlOf(object), { flag: "wx" });
  }
}

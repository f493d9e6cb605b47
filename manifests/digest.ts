import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

import ignore from "@balena/dockerignore";

import { Build } from "./engine";

const DOCKERFILE = "Dockerfile";
const EXECUTABLE = 0o111;

/** What Docker would take from a build's folder, and the Dockerfile itself; sorted. */
const filesOf = (context: string): string[] => {
  const ignored = ignore().add(readFileSync(path.join(context, ".dockerignore"), "utf8"));
  return readdirSync(context, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(context, path.join(entry.parentPath, entry.name)))
    .filter((file) => file === DOCKERFILE || !ignored.ignores(file))
    .sort();
};

/**
 * Stands in for the digest of an image that isn't built: a hash of its files and build arguments, the base image among
 * them. It changes when the image would, and so shows which pods a change replaces.
 */
export function digestOf({ context, buildArgs }: Build): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify(Object.entries(buildArgs).sort()));
  for (const file of filesOf(context)) {
    const full = path.join(context, file);
    const content = readFileSync(full);
    const mode = (statSync(full).mode & EXECUTABLE) === 0 ? "file" : "executable";
    // The length keeps what follows from being taken for a part of the content.
    hash.update(`\n${mode} ${file} ${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

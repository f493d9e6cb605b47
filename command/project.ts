/** This repository as a project of Pulumi. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { parse } from "yaml";

import { output } from "./process";

export const ROOT = path.join(__dirname, "..");

/** The project's name, which its settings begin with. */
export const projectName = (root = ROOT): string =>
  (parse(readFileSync(path.join(root, "Pulumi.yaml"), "utf8")) as { name: string }).name;

/** Runs Pulumi on the project, for at most so many seconds; what it printed. */
export const pulumi = (args: readonly string[], seconds?: number): Promise<string> =>
  output("pulumi", ["--non-interactive", "--cwd", ROOT, ...args], "", seconds);

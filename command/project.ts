/** This repository as a project of Pulumi. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { parse } from "yaml";

import { output, show } from "./process";

export const ROOT = path.join(__dirname, "..");

/** The project's name, which its settings begin with. */
export const projectName = (root = ROOT): string =>
  (parse(readFileSync(path.join(root, "Pulumi.yaml"), "utf8")) as { name: string }).name;

const onProject = (args: readonly string[]) => ["--non-interactive", "--cwd", ROOT, ...args];

/** Runs Pulumi on the project for everybody to see; its exit code. */
export const showPulumi = (args: readonly string[]): Promise<number> => show("pulumi", onProject(args));

/** Runs Pulumi on the project, for at most so many seconds; what it printed. */
export const pulumi = (args: readonly string[], seconds?: number): Promise<string> =>
  output("pulumi", onProject(args), "", seconds);

/** How a refused setting is reported: the key, the value, what is allowed. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import { schema, SECRET_KEYS } from "./schema";

const isSecret = (key: PropertyKey | undefined): boolean => (SECRET_KEYS as PropertyKey[]).includes(key ?? "");

/** How a value appears in an error: never when it is, or may be, a password. */
const shown = (key: PropertyKey | undefined, value: unknown): string =>
  value === undefined ? "not set" : isSecret(key) ? "[secret]" : JSON.stringify(value);

/** The line for one bad value. */
export const line = (project: string, path: readonly string[], value: unknown, allowed: string): string => {
  const hint = isSecret(path[0]) ? `; set it with: pulumi config set --secret ${project}:${path.join(".")}` : "";
  return `${project}:${path.join(".")}: ${shown(path[0], value)}; allowed: ${allowed}${hint}`;
};

/** The error that ends the program: one line for each problem. */
export const refusal = (problems: readonly string[]) =>
  new pulumi.RunError(["The stack's configuration was refused, nothing was changed:", ...problems].join("\n"));

/** The lines for what the schema found. */
export const explain = (project: string, issue: z.core.$ZodIssue): string[] => {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const known = path.length === 0 ? Object.keys(schema.shape).join(", ") : issue.message.replace(/^.* keys /, "");
    return issue.keys.map((name) => `${project}:${[...path, name].join(".")}: unknown setting; allowed: ${known}`);
  }
  return [line(project, path, issue.input, issue.message)];
};

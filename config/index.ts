/**
 * The stack's whole configuration: read once, checked once, before any resource is registered.
 * A bad value gives one line: the key, the value, what is allowed.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { refusal } from "./errors";
import { parseSettings, Settings } from "./parse";
import { SecretsInClear } from "./schema";

export { isMoment } from "./backup";
export { parseSettings } from "./parse";
export { placeholderOf } from "./placeholders";
export type { Settings } from "./parse";

/** The secrets, each wrapped so that it stays one in state and in outputs. */
export type Secrets = {
  readonly [Key in keyof SecretsInClear]: pulumi.Output<string> | Extract<SecretsInClear[Key], undefined>;
};

/**
 * The certificates to trust during an image's build.
 * @throws pulumi.RunError when the file can't be read
 */
export function readCertificates(project: string, path: string | undefined): string | undefined {
  if (path === undefined) {
    return undefined;
  }
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    throw refusal([`${project}:caCertificate: "${path}"; allowed: a PEM file that can be read (${reason})`]);
  }
}

/**
 * Checks that the folder of an application is one.
 * @throws pulumi.RunError when it has no manage.py
 */
export function checkApplication(project: string, folder: string | undefined): void {
  if (folder !== undefined && !existsSync(path.join(folder, "manage.py"))) {
    throw refusal([`${project}:application.folder: "${folder}"; allowed: the path of a folder with a manage.py`]);
  }
}

/** As a secret of Pulumi, which it stays in state and in outputs. */
const wrapped = (text: string | undefined) => (text === undefined ? undefined : pulumi.secret(text));

/** The running stack's settings and secrets. */
export function loadSettings(): { settings: Settings; secrets: Secrets; caCertificates: string | undefined } {
  const project = pulumi.getProject();
  const { settings, secrets } = parseSettings(
    project,
    pulumi.getStack(),
    pulumi.runtime.allConfig(),
    JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "[]") as string[],
  );
  checkApplication(project, settings.application?.folder);
  return {
    settings,
    secrets: Object.fromEntries(Object.entries(secrets).map(([key, text]) => [key, wrapped(text)])) as Secrets,
    caCertificates: readCertificates(project, settings.caCertificate),
  };
}

/** The configuration of a stack as Pulumi would hand it over, but without any secret. */
import { readFileSync } from "node:fs";

import { parse } from "yaml";

import { projectName } from "../command/project";
import { placeholderOf } from "../config/placeholders";
import { NEEDED_BESIDE, NEVER_NEEDED, SECRET_KEYS, SecretKey } from "../config/schema";
import { settingAt } from "../config/values";

/** What stands for a required setting that belongs to one machine, where the stack's file has none. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  context: "context-of-this-machine",
  registry: "registry.example/k8s-web",
};
/** Settings of the machine that builds: they change no object, and their files need not be here. */
const OF_BUILDS = ["caCertificate"];

/** The program's own settings in a stack's file, by their keys there. */
type Settings = Readonly<Record<string, unknown>>;

export interface Configuration {
  readonly project: string;
  /** Every key of the stack, in full, and its value as text. */
  readonly values: Readonly<Record<string, string>>;
  /** The full keys whose values would be encrypted. */
  readonly secretKeys: readonly string[];
  /** Settings that the stack's file lacks, and which have stand-ins here. */
  readonly absent: readonly string[];
}

const isEncrypted = (value: unknown): boolean => typeof value === "object" && value !== null && "secure" in value;
const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

const isNeeded = (key: SecretKey, own: Settings): boolean => {
  const pair = NEEDED_BESIDE.find(({ secret }) => secret === key);
  return !NEVER_NEEDED.includes(key) && (pair === undefined || settingAt(own, pair.beside) !== undefined);
};

/** What a stack's file lacks and needs: key and stand-in. */
const lacking = (own: Settings): [key: string, value: string][] => [
  ...Object.entries(ELSEWHERE).filter(([key]) => own[key] === undefined),
  ...SECRET_KEYS.filter((key) => own[key] === undefined && isNeeded(key, own)).map((key): [string, string] => [
    key,
    placeholderOf(key),
  ]),
];

/**
 * @param file content of the stack's file
 */
export function configurationOf(project: string, file: string): Configuration {
  const { config } = (parse(file) ?? {}) as { config?: Record<string, unknown> };
  const prefix = `${project}:`;
  const given = Object.entries(config ?? {}).filter(([key]) => !OF_BUILDS.some((name) => key === prefix + name));
  const own = Object.fromEntries(
    given.filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key.slice(prefix.length), value]),
  );
  const added = lacking(own).map(([key, value]): [string, string] => [prefix + key, value]);
  const encrypted = given.filter(([, value]) => isEncrypted(value)).map(([key]) => key);
  return {
    project,
    values: Object.fromEntries([
      ...given.map(([key, value]) => [key, isEncrypted(value) ? placeholderOf(key) : asText(value)]),
      ...added,
    ]) as Record<string, string>,
    secretKeys: [
      ...encrypted,
      ...SECRET_KEYS.map((key) => prefix + key).filter((key) => added.some(([a]) => a === key)),
    ],
    absent: added.map(([key]) => key.slice(prefix.length)),
  };
}

/**
 * @param root folder of the program
 * @param file the stack's file
 * @throws Error when a file can't be read
 */
export function readConfiguration(root: string, file: string): Configuration {
  return configurationOf(projectName(root), readFileSync(file, "utf8"));
}

import { isSecretName } from "./secretNames";

/** What rules know of the stack besides its resources. */
export interface Stack {
  /** Whether its data is protected: the setting `protect`. */
  readonly protect: boolean;
  /** Its passwords and keys in clear, by setting. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What the configuration of a stack says, as Pulumi hands it over. */
export const stackOf = (project: string, config: Readonly<Record<string, string>>): Stack => ({
  protect: config[`${project}:protect`] === "true",
  secrets: Object.fromEntries(Object.entries(config).filter(([key, value]) => isSecretName(key) && value !== "")),
});

import { UnknownValueError } from "@pulumi/policy";

import { Json, UNKNOWN } from "./json";

const valueAt = (owner: object, key: string): unknown => {
  try {
    return (owner as Record<string, unknown>)[key];
  } catch (error) {
    if (error instanceof UnknownValueError) {
      return UNKNOWN;
    }
    throw error;
  }
};

/**
 * Properties as a policy gets them, with what is unknown marked. The SDK's own way is to give a rule up at the first unknown
 * value, and with it all that the resource says elsewhere.
 */
export function settle(value: unknown): Json {
  if (typeof value !== "object" || value === null) {
    return value as Json;
  }
  return Array.isArray(value)
    ? value.map((_item, index) => settle(valueAt(value, String(index))))
    : Object.fromEntries(Object.keys(value).map((key) => [key, settle(valueAt(value, key))]));
}

/** A value that nobody can know before the update, such as the digest of an image that is yet to be built. */
export const UNKNOWN = Symbol("unknown");

export type Json = string | number | boolean | null | undefined | typeof UNKNOWN | readonly Json[] | JsonObject;

interface JsonObject {
  readonly [key: string]: Json;
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What lies at a path: undefined when nothing does, UNKNOWN when that can't be known. */
export const at = (value: Json, ...path: readonly string[]): Json => {
  const [key, ...rest] = path;
  if (key === undefined || value === UNKNOWN) {
    return value;
  }
  return isObject(value) ? at(value[key], ...rest) : undefined;
};

/** The items of a list; none when it is missing or unknown. */
export const items = (value: Json): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);

/** The fields of an object; none when it is missing or unknown. */
export const fields = (value: Json): [key: string, value: Json][] => (isObject(value) ? Object.entries(value) : []);

/** Text, or nothing when the value is anything else. */
export const text = (value: Json): string | undefined => (typeof value === "string" ? value : undefined);

/** Whether it is known that there is nothing. */
export const isMissing = (value: Json): value is undefined | null => value === undefined || value === null;

/** Every text in a value, with its path, e.g. spec.ports[0].name. */
export const texts = (value: Json, path = ""): [path: string, text: string][] => {
  if (typeof value === "string") {
    return [[path, value]];
  }
  return [
    ...items(value).flatMap((item, index) => texts(item, `${path}[${index}]`)),
    ...fields(value).flatMap(([key, item]) => texts(item, path === "" ? key : `${path}.${key}`)),
  ];
};

/** Longest that every password may be, and shortest that every one has to be. */
const LENGTH = 32;

/** A text that the program accepts as the value of a secret setting, where that is not needed and not to be had: its own key. */
export const placeholderOf = (key: string): string => {
  const name = key.slice(key.lastIndexOf(":") + 1);
  const text = name.slice(0, LENGTH).padEnd(LENGTH, "*");
  return name === "ingressKey" ? `-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----\n` : text;
};

/** Texts that stand for secrets where their values are not needed, and not to be had. */
const PASSWORD = "placeholder-".padEnd(32, "x");
const KEY = "-----BEGIN PRIVATE KEY-----\nplaceholder\n-----END PRIVATE KEY-----\n";

/** A text that the program accepts as the value of a secret setting; each key's is the same every time. */
export const placeholderOf = (key: string): string => (key.endsWith("ingressKey") ? KEY : PASSWORD);

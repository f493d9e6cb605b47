/** What the settings are made of: values with the one line that says what is allowed. */
import { z } from "zod";

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const ABSOLUTE_PATH = /^(\/(?!\.{1,2}(\/|$))[^/\0]+)+\/?$/;
const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
/** Key of a label or of an annotation. */
export const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/;
const REFERENCE = /^[a-z0-9.-]+(:[0-9]+)?(\/[a-z0-9._-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/;

/** Pods that one replicated part may have; far above what the stack is made for, low enough to catch a typing error. */
export const REPLICAS_MAX = 100;

export const text = (allowed: string) => z.string({ error: allowed });
export const matching = (pattern: RegExp, allowed: string) => text(allowed).regex(pattern, { error: allowed });
export const wholeNumber = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`;
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
};
export const object = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, { error: `an object with the keys ${Object.keys(shape).join(", ")}` });

/** Pulumi hands structured settings over as JSON text. */
export const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((value): unknown => {
      try {
        return JSON.parse(value);
      } catch {
        return value;
      }
    })
    .pipe(schema);

export const yesOrNo = () => json(z.boolean({ error: "true or false" }));
export const dnsLabel = () => matching(DNS_LABEL, "a DNS label: at most 63 of a-z, 0-9 and -");
export const absolutePath = (allowed: string) => matching(ABSOLUTE_PATH, allowed);
export const hostPath = () => absolutePath("an absolute path below /, without . or ..");
export const cidr = () => z.union([z.cidrv4(), z.cidrv6()], { error: "a range of addresses such as 203.0.113.0/24" });
/** Name of an object of Kubernetes, said as `what`. */
export const nameOf = (what: string) => matching(OBJECT_NAME, `the name of ${what}`);
/** Reference of an image, or a registry and path. */
export const reference = (allowed: string) => matching(REFERENCE, allowed);
export const replicas = () => wholeNumber(1, REPLICAS_MAX);
export const secret = (min: number, max: number) => {
  const error = `a secret of ${min} to ${max} characters on one line`;
  return text(error)
    .min(min, { error })
    .max(max, { error })
    .regex(/^[^\r\n\0]*$/, { error });
};
export const password = (max = 256) => secret(8, max);

/** The value at a path such as ingress.certificate; undefined when there is none. */
export const settingAt = (settings: unknown, path: string): unknown =>
  path
    .split(".")
    .reduce(
      (value: unknown, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
      settings,
    );

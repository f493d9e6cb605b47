import { at, fields, items, Json, text, texts } from "../json";
import { containersOf } from "../pods";
import { Resource, Rule } from "../rule";
import { isSecretName } from "../secretNames";
import { Stack } from "../stack";

const HANDLE = "Next: put it into a Secret, and refer to that with secretKeyRef or a volume";

/** Shorter values stand in too many places by chance. */
const LEAST_SECRET = 8;

/** What the kubelet fills in from another variable, such as $(MYSQL_PASSWORD), is not the password itself. */
const FILLED_IN = /^\$[({]/;

/** Names and values of what is a password by its form: in an address, in a line of settings, as a key's PEM block. */
const FORMS: readonly [what: string, form: RegExp][] = [
  ["an address with a password", /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:(?!\$[({])[^\s/:@]+@/i],
  ["a setting with a password", /^\s*["']?[\w.-]*(password|passwd|secret|token)["']?\s*[:=]\s*["']?[^\s"',$]/im],
  ["a setting with a password", /^\s*(requirepass|masterauth)\s+[^\s$]/m],
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
];

const isSecret = ({ type }: Resource) => type.startsWith("kubernetes:") && type.endsWith(":Secret");
const isConfigMap = ({ type }: Resource) => type.startsWith("kubernetes:") && type.endsWith(":ConfigMap");

const isPlain = (value: Json) => {
  const plain = text(value);
  return plain !== undefined && plain !== "" && !FILLED_IN.test(plain);
};

/** By name: a password as the value of a variable, or as an entry of a ConfigMap. */
const byName = (resource: Resource): string[] => [
  ...containersOf(resource).flatMap(({ where, spec }) =>
    items(at(spec, "env"))
      .map((variable) => [text(at(variable, "name")) ?? "", at(variable, "value")] as const)
      .filter(([name, value]) => isSecretName(name) && isPlain(value))
      .map(([name]) => `${where}: ${name} is in plain text. ${HANDLE}`),
  ),
  ...(isConfigMap(resource) ? fields(at(resource.props, "data")) : [])
    .filter(([key, value]) => isSecretName(key) && isPlain(value))
    .map(([key]) => `${resource.name}: data.${key} is in plain text. ${HANDLE}`),
];

/** By form: a password inside what a container is told, or inside a file of a ConfigMap. */
const byForm = (resource: Resource): string[] => {
  const told = [
    ...containersOf(resource).flatMap(({ where, spec }) =>
      ["command", "args", "env"].flatMap((list) => texts(at(spec, list), `${where}: ${list}`)),
    ),
    ...(isConfigMap(resource) ? texts(at(resource.props, "data"), `${resource.name}: data`) : []),
  ];
  return told.flatMap(([path, value]) =>
    FORMS.filter(([, form]) => form.test(value)).map(([what]) => `${path} holds ${what}. ${HANDLE}`),
  );
};

/** By value: a secret of the stack anywhere but in a Secret. */
const byValue = (resource: Resource, secrets: Stack["secrets"]): string[] =>
  isSecret(resource) || !resource.type.startsWith("kubernetes:")
    ? []
    : texts(resource.props).flatMap(([path, value]) =>
        Object.entries(secrets)
          .filter(([, secret]) => secret.length >= LEAST_SECRET && value.includes(secret))
          .map(([setting]) => `${resource.name}: ${path} holds the value of ${setting}. ${HANDLE}`),
      );

/** A Secret's entries in clear, by path. */
const entriesOf = ({ props }: Resource): [path: string, text: string][] => [
  ...texts(at(props, "stringData"), "stringData"),
  ...texts(at(props, "data"), "data").map(([path, value]): [string, string] => [
    path,
    Buffer.from(value, "base64").toString(),
  ]),
];

/**
 * By origin: a password in a Secret that is none of the stack's settings stands in the program, and in its history. Pulumi
 * can't tell: its `kubernetes` encrypts whatever a Secret holds.
 */
const byOrigin = (resource: Resource, secrets: Stack["secrets"]): string[] =>
  isSecret(resource)
    ? entriesOf(resource)
        .filter(([path, value]) => isSecretName(path) && value !== "")
        .filter(([, value]) => !Object.values(secrets).some((secret) => value.includes(secret)))
        .map(
          ([path]) =>
            `${resource.name}: ${path} is none of the stack's settings. Next: pulumi config set --secret, and take it from there`,
        )
    : [];

/** Passwords are in the stack's encrypted settings and in Kubernetes Secrets, and nowhere else. */
export const plainTextPassword = ({ secrets }: Stack): Rule => ({
  name: "plain-text-password",
  description: "Passwords and keys are secret settings of the stack, and in Secrets only.",
  check: (resource) => [
    ...new Set([
      ...byName(resource),
      ...byForm(resource),
      ...byValue(resource, secrets),
      ...byOrigin(resource, secrets),
    ]),
  ],
});

import { proxiesInFront } from "../components/defaults";
import { contradictions } from "./contradictions";
import { explain, line, refusal } from "./errors";
import { ingressHosts } from "./ingress";
import { AllSettings, schema, SECRET_KEYS, SecretKey, SecretsInClear } from "./schema";

type Autoscaling = NonNullable<AllSettings["autoscaling"]["web"]>;

/** Everything but the secrets, checked, with the defaults filled in. */
export type Settings = Omit<
  AllSettings,
  SecretKey | "namespace" | "ingress" | "trustedProxies" | "replicas" | "autoscaling"
> & {
  replicas: Omit<AllSettings["replicas"], "web"> & { web: number | Autoscaling };
  namespace: string;
  trustedProxies: number;
  /** With the names that it is for. */
  ingress: (NonNullable<AllSettings["ingress"]> & { hosts: readonly string[] }) | undefined;
};

const NODE_PORT = 30080;
const WEB_REPLICAS = 3;

/**
 * Checks the raw configuration of a stack.
 * @param raw every configuration key of the stack, as Pulumi hands them over
 * @param secretKeys the full keys that are encrypted in the stack's file
 * @returns the settings and the secrets in clear; the caller wraps those
 * @throws pulumi.RunError with one line for each bad value
 */
export function parseSettings(
  project: string,
  stack: string,
  raw: Readonly<Record<string, string>>,
  secretKeys: readonly string[],
): { settings: Settings; secrets: SecretsInClear } {
  const own = Object.fromEntries(
    Object.entries(raw)
      .filter(([key]) => key.startsWith(`${project}:`))
      .map(([key, value]) => [key.slice(project.length + 1), value]),
  );
  const parsed = schema.safeParse(own, { reportInput: true });
  const problems = parsed.success ? [] : parsed.error.issues.flatMap((issue) => explain(project, issue));
  for (const key of SECRET_KEYS) {
    if (own[key] !== undefined && !secretKeys.includes(`${project}:${key}`)) {
      problems.push(
        `${project}:${key}: in plain text; allowed: an encrypted value; ` +
          `set it with: pulumi config set --secret ${project}:${key}`,
      );
    }
  }
  if (parsed.success) {
    for (const [path, value, allowed] of contradictions(parsed.data)) {
      problems.push(line(project, path.split("."), value, allowed));
    }
  }
  if (!parsed.success || problems.length > 0) {
    throw refusal(problems);
  }
  const { data } = parsed;
  const secrets = Object.fromEntries(SECRET_KEYS.map((key) => [key, data[key]])) as SecretsInClear;
  const { autoscaling, ...rest } = Object.fromEntries(
    Object.entries(data).filter(([key]) => !(SECRET_KEYS as string[]).includes(key)),
  ) as Omit<AllSettings, SecretKey>;
  const ingress = rest.ingress === undefined ? undefined : { ...rest.ingress, hosts: ingressHosts(rest.hosts) };
  return {
    settings: {
      ...rest,
      namespace: rest.namespace ?? `${project}-${stack}`,
      ingress,
      replicas: { ...rest.replicas, web: autoscaling.web ?? rest.replicas.web ?? WEB_REPLICAS },
      nodePort: rest.nodePort ?? (ingress === undefined ? NODE_PORT : undefined),
      trustedProxies: rest.trustedProxies ?? proxiesInFront(ingress !== undefined),
    },
    secrets,
  };
}

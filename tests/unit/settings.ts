const PROJECT = "k8s-web";

/** A secret for tests, different for each key, so that a mix-up shows. */
export const testSecrets: Readonly<Record<string, string>> = {
  mysqlRootPassword: "root-password-of-a-test",
  mysqlReplicationPassword: "replication-of-a-test",
  mysqlPassword: "application-of-a-test",
  redisPassword: "redis-password-of-a-test",
  djangoSecretKey: "django-key-of-a-test-0123456789abcdef",
};

/** The least that a stack must set. */
export const leastSettings: Readonly<Record<string, string>> = {
  context: "test-context",
  registry: "registry.example:5000/k8s-web",
  ...testSecrets,
};

/** The settings as Pulumi hands them over: full keys, every value text. */
export const rawSettings = (settings: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(settings).map(([key, value]) => [`${PROJECT}:${key}`, value]));

/** The full keys that are encrypted in the stack's file. */
export const secretKeys = Object.keys(rawSettings(testSecrets));

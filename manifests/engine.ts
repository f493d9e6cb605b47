/** Stands in for Pulumi's engine: records every registration, and answers with what a cluster would have added. */
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

/** A registration that the program made, as the engine would see it. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  /** Inputs with secrets unwrapped, for comparison. */
  readonly inputs: Record<string, unknown>;
  /** Paths of the inputs that were secret, e.g. `stringData.password`. */
  readonly secrets: readonly string[];
}

/** What an image is built from. */
export interface Build {
  readonly name: string;
  /** Folder with the Dockerfile and all that it copies. */
  readonly context: string;
  readonly buildArgs: Readonly<Record<string, string>>;
}

/** What the digest of an image is, as nothing is built: without the `sha256:`. */
export type DigestOf = (build: Build) => string;

const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
/** What Pulumi adds to the name of an object that has none of its own: eight random digits. */
const GENERATED = "1a2b3c4d";

const isSecret = (value: unknown): value is { value: unknown } =>
  typeof value === "object" && value !== null && (value as Record<string, unknown>)[SIGNATURE_KEY] === SECRET_SIGNATURE;

const asSecret = (value: unknown) => ({ [SIGNATURE_KEY]: SECRET_SIGNATURE, value });

/** Takes the wrapping off secrets and notes where they were. */
const unwrap = (value: unknown, path: string, found: string[]): unknown => {
  if (isSecret(value)) {
    found.push(path);
    return unwrap(value.value, path, found);
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => unwrap(item, `${path}[${index}]`, found));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, unwrap(item, path === "" ? key : `${path}.${key}`, found)]),
    );
  }
  return value;
};

/** An object of Kubernetes under the name that it will have. */
export const named = ({ name, inputs }: Pick<Registration, "name" | "inputs">) => ({
  ...inputs,
  metadata: { name: `${name}-${GENERATED}`, ...(inputs["metadata"] as object | undefined) },
});

/** What the engine would add to the inputs, as far as the program reads it. */
const outputsOf = (
  { type, name, inputs }: Omit<Registration, "secrets">,
  digestOf: DigestOf,
): Record<string, unknown> => {
  if (type === "docker-build:index:Image") {
    const { tags, context, buildArgs } = inputs as {
      tags: [string];
      context: { location: string };
      buildArgs: Record<string, string>;
    };
    return { ref: `${tags[0]}@sha256:${digestOf({ name, context: context.location, buildArgs })}` };
  }
  if (type === "docker:index/image:Image") {
    const { imageName, build } = inputs as {
      imageName: string;
      build: { context: string; args: Record<string, string> };
    };
    const digest = digestOf({ name, context: build.context, buildArgs: build.args });
    return { repoDigest: `${imageName}@sha256:${digest}` };
  }
  if (type === "kubernetes:core/v1:Service") {
    const spec = { ...(inputs["spec"] as object), clusterIP: `ip-of-${name}` };
    return { ...named({ name, inputs }), spec };
  }
  if (type.startsWith("tls:")) {
    return {
      privateKeyPem: asSecret(`key-of-${name}`),
      certRequestPem: `request-of-${name}`,
      certPem: `certificate-of-${name}`,
    };
  }
  return type.startsWith("kubernetes:") ? named({ name, inputs }) : inputs;
};

/** Records every registration, refuses every call. */
export class Recorder implements pulumi.runtime.Mocks {
  readonly registrations: Registration[] = [];

  constructor(private readonly digestOf: DigestOf) {}

  newResource(args: pulumi.runtime.MockResourceArgs): { id: string; state: Record<string, unknown> } {
    const secrets: string[] = [];
    const inputs = unwrap(args.inputs, "", secrets) as Record<string, unknown>;
    const registration = { type: args.type, name: args.name, inputs, secrets };
    this.registrations.push(registration);
    return {
      id: `${args.name}-id`,
      state: { ...(args.inputs as object), ...outputsOf(registration, this.digestOf) },
    };
  }

  call(args: pulumi.runtime.MockCallArgs): never {
    throw new Error(`nobody expects a call of ${args.token}`);
  }

  /** The one registration of a type and name; throws when there is another number of them. */
  the(type: string, name: string): Registration {
    const found = this.registrations.filter((one) => one.type === type && one.name === name);
    if (found.length !== 1 || found[0] === undefined) {
      throw new Error(`${found.length} registrations of ${type} ${name}`);
    }
    return found[0];
  }
}

/** The SDK's mocks say that they know hooks, but lack the call; without it, the program would wait for an answer for ever. */
Object.assign(MockMonitor.prototype, {
  registerResourceHook: (_request: unknown, callback: (error: null, response: object) => void) => {
    callback(null, {});
  },
});

/** Starts recording; the program or component is made after this. */
export async function record(project: string, stack: string, digestOf: DigestOf): Promise<Recorder> {
  const recorder = new Recorder(digestOf);
  await pulumi.runtime.setMocks(recorder, project, stack);
  return recorder;
}

/** Configures the program that is imported next. */
export function configure(values: Readonly<Record<string, string>>, secretKeys: readonly string[]): void {
  pulumi.runtime.setAllConfig({ ...values }, [...secretKeys]);
  // The language host hands the keys over in the environment, and setAllConfig leaves that alone.
  process.env["PULUMI_CONFIG_SECRET_KEYS"] = JSON.stringify(secretKeys);
}

/** Waits until everything that was made is registered. */
export const registered = (): Promise<void> => pulumi.runtime.disconnect();

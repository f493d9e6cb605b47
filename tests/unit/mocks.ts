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

const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";

const isSecret = (value: unknown): value is { value: unknown } =>
  typeof value === "object" && value !== null && (value as Record<string, unknown>)[SIGNATURE_KEY] === SECRET_SIGNATURE;

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

interface Spec {
  metadata?: { name?: string };
}

/** What the engine would add to the inputs, as far as the program reads it. */
const outputsOf = (type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> => {
  if (type === "docker-build:index:Image") {
    return { ref: `${(inputs["tags"] as string[])[0]}@sha256:${name}` };
  }
  if (type === "docker:index/image:Image") {
    return { repoDigest: `${inputs["imageName"] as string}@sha256:${name}` };
  }
  const metadata = { name: `${name}-1a2b3c4d`, ...(inputs as Spec).metadata };
  if (type === "kubernetes:core/v1:Service") {
    return { ...inputs, metadata, spec: { ...(inputs["spec"] as object), clusterIP: `ip-of-${name}` } };
  }
  return type.startsWith("kubernetes:") ? { ...inputs, metadata } : inputs;
};

/** Stands in for the engine: records every registration, refuses every call. */
export class Recorder implements pulumi.runtime.Mocks {
  readonly registrations: Registration[] = [];

  newResource(args: pulumi.runtime.MockResourceArgs): { id: string; state: Record<string, unknown> } {
    const secrets: string[] = [];
    const inputs = unwrap(args.inputs, "", secrets) as Record<string, unknown>;
    this.registrations.push({ type: args.type, name: args.name, inputs, secrets });
    return { id: `${args.name}-id`, state: { ...(args.inputs as object), ...outputsOf(args.type, args.name, inputs) } };
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

/** Starts recording; the program or component under test is made after this. */
export async function record(): Promise<Recorder> {
  const recorder = new Recorder();
  await pulumi.runtime.setMocks(recorder, "k8s-web", "dev");
  return recorder;
}

/** Waits until everything that was made is registered. */
export const registered = (): Promise<void> => pulumi.runtime.disconnect();

/** The value of an output. */
export const valueOf = <T>(output: pulumi.Input<T>): Promise<pulumi.Unwrap<T>> =>
  new Promise((resolve) => pulumi.output(output).apply(resolve));

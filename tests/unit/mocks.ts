import * as pulumi from "@pulumi/pulumi";

import { record as recordStack, Recorder } from "../../manifests/engine";

export { registered } from "../../manifests/engine";
export type { Recorder, Registration } from "../../manifests/engine";

// Whoever has a cluster in the environment gets the same program: the provider's package would take it from there.
delete process.env["KUBECONFIG"];

/** Starts recording; the program or component under test is made after this. An image's digest is its name. */
export const record = (): Promise<Recorder> => recordStack("k8s-web", "dev", ({ name }) => name);

/** The value of an output. */
export const valueOf = <T>(output: pulumi.Input<T>): Promise<pulumi.Unwrap<T>> =>
  new Promise((resolve) => pulumi.output(output).apply(resolve));

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/**
 * A Secret whose values pods know from their start: a changed one makes another Secret, under another name, so that those
 * pods are replaced which name it.
 */
export const secretOfStart = (
  name: string,
  namespace: pulumi.Input<string>,
  stringData: Record<string, pulumi.Input<string>>,
  parent: pulumi.Resource,
): k8s.core.v1.Secret =>
  new k8s.core.v1.Secret(
    name,
    { metadata: { namespace }, stringData },
    // A provider may compare what the API server keeps, which is `data`.
    { parent, replaceOnChanges: ["stringData", "data"] },
  );

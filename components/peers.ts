import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** The label by which servers of one kind find each other. */
export const peerLabel = (name: string) => ({ peers: name });

/**
 * A Service `<name>-peers` without an address of its own: its name resolves to the address of every pod with the label,
 * ready or not. A master that lost its data asks them for it, and it cannot wait until they are ready.
 */
export const peersOf = (
  name: string,
  args: { readonly namespace: pulumi.Input<string>; readonly port: number },
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Service =>
  new k8s.core.v1.Service(
    `${name}-peers`,
    {
      metadata: {
        name: `${name}-peers`,
        namespace: args.namespace,
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        clusterIP: "None",
        publishNotReadyAddresses: true,
        selector: peerLabel(name),
        ports: [{ port: args.port, targetPort: args.port }],
      },
    },
    opts,
  );

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { dockerConfig, RegistryLogin } from "./pod/registry";

/** What a Secret to pull images with is made of. */
export interface PullSecretArgs {
  /** Namespace of the Secret and of the pods. */
  readonly namespace: pulumi.Input<string>;
  /** Who pulls. */
  readonly login: RegistryLogin;
}

/** A Secret that the nodes pull images with. A changed password reaches it in place: pods keep running. */
export const pullSecret = (
  name: string,
  args: PullSecretArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Secret => {
  const { server, username, password } = args.login;
  return new k8s.core.v1.Secret(
    name,
    {
      metadata: { namespace: args.namespace },
      type: "kubernetes.io/dockerconfigjson",
      stringData: {
        ".dockerconfigjson": pulumi.output(password).apply((text) => dockerConfig(server, username, text)),
      },
    },
    opts,
  );
};

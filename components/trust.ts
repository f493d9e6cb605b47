import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { variable } from "./pod/environment";
import { configDirectory, MountedVolume } from "./pod/volumes";

const DIRECTORY = "/run/authorities";

/** What a client's pod needs to know its servers by. */
export interface Trust {
  /** The authorities' certificates as files, which follow a renewal while the pod runs. */
  readonly files: MountedVolume;
  /** Where each file is: MYSQL_CA, REDIS_CA. */
  readonly env: k8s.types.input.core.v1.EnvVar[];
}

/** Hands certificates of authorities, PEM, to pods of clients: for each of `mysql` and `redis` that is given, a file and a variable. */
export function trust(
  name: string,
  args: {
    readonly namespace: pulumi.Input<string>;
    readonly authorities: { readonly mysql?: pulumi.Input<string>; readonly redis?: pulumi.Input<string> };
  },
  opts: pulumi.CustomResourceOptions,
): Trust {
  const parts = Object.entries(args.authorities) as [part: string, certificate: pulumi.Input<string>][];
  const data = Object.fromEntries(parts.map(([part, certificate]) => [`${part}.crt`, certificate]));
  const map = new k8s.core.v1.ConfigMap(`${name}-authorities`, { metadata: { namespace: args.namespace }, data }, opts);
  return {
    files: configDirectory("authorities", map.metadata.name, DIRECTORY),
    env: parts.map(([part]) => variable(`${part.toUpperCase()}_CA`, `${DIRECTORY}/${part}.crt`)),
  };
}

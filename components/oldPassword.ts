import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { jobOf } from "./job";
import { Endpoint, SecretHandle, secretVariable, serviceVariables, variable } from "./pod/environment";
import { restricted } from "./pod/security";
import { scratchDirectory } from "./pod/volumes";
import { trust } from "./trust";
import { Workload, workloadOf } from "./workload";

/** What an OldPassword is made of. */
export interface OldPasswordArgs extends Workload {
  /** Image of mysql-master. */
  readonly image: pulumi.Input<string>;
  /** Takes the writes. */
  readonly master: Endpoint;
  /** Labels of the pods that may reach it, see `accessTo`. @default none */
  readonly access?: Readonly<Record<string, string>> | undefined;
  /** Certificate of the authority that vouches for it, PEM. */
  readonly authority: pulumi.Input<string>;
  /** The account whose old password goes. */
  readonly user: string;
  /** The password that everybody uses by now. */
  readonly password: SecretHandle;
  /** Another one whenever a password of the servers changes. */
  readonly passwordsRevision: pulumi.Input<string>;
  /** What the Job asks for, and what it may take. */
  readonly resources: k8s.types.input.core.v1.ResourceRequirements;
}

/**
 * Ends the time in which MySQL takes both an application's old and its new password, when those who used the old one are
 * gone (`dependsOn`): a Job that waits until the servers have taken all passwords over, and then discards the old one.
 */
export class OldPassword extends pulumi.ComponentResource {
  constructor(name: string, args: OldPasswordArgs, opts?: pulumi.ComponentResourceOptions) {
    super("k8s-web:components:OldPassword", name, {}, opts);
    const { files, env } = trust(
      name,
      { namespace: args.namespace, authorities: { mysql: args.authority } },
      { parent: this },
    );
    jobOf(
      name,
      {
        ...workloadOf(args),
        container: {
          ...restricted,
          name: "retire-password",
          image: args.image,
          command: ["retire-password"],
          env: [
            ...serviceVariables("mysql-master", args.master),
            ...env,
            variable("MYSQL_USER", args.user),
            secretVariable("MYSQL_PASSWORD", args.password),
            variable("MYSQL_PASSWORDS_REVISION", args.passwordsRevision),
          ],
          resources: args.resources,
        },
        volumes: [files, scratchDirectory("tmp", "/tmp")],
        podLabels: { ...args.access },
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}

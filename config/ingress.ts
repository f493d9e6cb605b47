/** How people reach the web by HTTPS. */
import { z } from "zod";

import { json, LABEL_KEY, matching, nameOf, object, text } from "./values";

/** PEM blocks, the first of which is of this kind; what they hold is for the ingress controller to judge. */
export const pem = (kind: string, allowed: string) =>
  matching(new RegExp(`^-----BEGIN [A-Z0-9 ]*${kind}-----\\n[^]+\\n-----END [A-Z0-9 ]*-----\\n?$`), allowed);

export const ingress = () =>
  json(
    object({
      /** Class of the ingress controller. @default the cluster's default class */
      className: nameOf("an ingress class").optional(),
      /** For the controller, or for who makes certificates, e.g. cert-manager.io/cluster-issuer. @default none */
      annotations: z
        .record(
          matching(LABEL_KEY, "the key of an annotation such as cert-manager.io/cluster-issuer"),
          text("a text"),
          {
            error: "an object of annotations, keys and texts",
          },
        )
        .optional(),
      /** Secret of type kubernetes.io/tls with certificate and key, made by others if `certificate` is not set. @default dabacluster-tls */
      tlsSecret: nameOf("a Secret").default("dabacluster-tls"),
      /** PEM text of the certificate with its chain; its key is the secret `ingressKey`. @default none: `tlsSecret` is made by others */
      certificate: pem("CERTIFICATE", "the PEM text of a certificate with its chain").optional(),
    }),
  );

/** A name that an ingress can have a rule for, with at least one dot. */
const HOST_NAME = /^(\*\.)?([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** Those of the hosts that people can reach through an ingress: addresses and names of one machine are none. */
export const ingressHosts = (hosts: readonly string[]): string[] => hosts.filter((host) => HOST_NAME.test(host));

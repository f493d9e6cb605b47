import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

import { DEFAULTS } from "./defaults";
import { MountedVolume, secretDirectory } from "./pod/volumes";

const DAY_HOURS = 24;
const YEAR_HOURS = 365 * DAY_HOURS;
const KEY = { algorithm: "ECDSA", ecdsaCurve: "P256" };
/** It must outlive what it signs. Under the same key and name, a new certificate vouches for what the old one did. */
const OWN_HOURS = { validityPeriodHours: 10 * YEAR_HOURS, earlyRenewalHours: 3 * YEAR_HOURS };
/** Where a server finds its certificate. */
const FILES = "/run/secrets/tls";

/** How long a server's certificate is good. */
export interface Validity {
  /** Days from its making to its end. */
  readonly days: number;
  /** Days before its end from which on an update renews it. */
  readonly renewDays: number;
}

/** What an Authority is made of. */
export interface AuthorityArgs {
  /** How long the servers' certificates are good. @default 365 days, renewed in the last 90 */
  readonly validity?: Validity | undefined;
}

/** Whom a certificate is for. */
export interface CertifiedServer {
  /** Namespace of the server's pods. */
  readonly namespace: pulumi.Input<string>;
  /** Its Service: the certificate has its names and its cluster IP. */
  readonly service: k8s.core.v1.Service;
  /** Names besides. @default none */
  readonly names?: readonly pulumi.Input<string>[];
}

/**
 * A certificate authority of the stack's own, which vouches for its servers and for nothing else.
 *
 * Its key and those of the servers are secrets of the state. An update renews certificates whose time has come: the authority's own
 * lasts ten years and is renewed in the last three, under the same key, so that old and new certificates vouch for each other.
 */
export class Authority extends pulumi.ComponentResource {
  /** Its certificate, PEM: what clients need to know whom they talk to. */
  readonly certificate: pulumi.Output<string>;
  private readonly key: pulumi.Output<string>;
  private readonly validity: Validity;

  constructor(name: string, args: AuthorityArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("k8s-web:components:Authority", name, {}, opts);
    this.validity = args.validity ?? DEFAULTS.certificates;
    this.key = new tls.PrivateKey(name, KEY, { parent: this }).privateKeyPem;
    this.certificate = new tls.SelfSignedCert(
      name,
      {
        privateKeyPem: this.key,
        subject: { commonName: `${pulumi.getProject()} ${pulumi.getStack()} ${name}` },
        isCaCertificate: true,
        setSubjectKeyId: true,
        allowedUses: ["cert_signing", "crl_signing"],
        ...OWN_HOURS,
      },
      { parent: this },
    ).certPem;
    this.registerOutputs({ certificate: this.certificate });
  }

  /**
   * Makes a server's key and certificate, as the files ca.crt, tls.crt and tls.key in a directory of its pods. They follow a
   * renewal while the pods run, if the provider updates Secrets in place; else the pods are replaced.
   */
  certify(name: string, server: CertifiedServer, opts: pulumi.CustomResourceOptions): MountedVolume {
    const { namespace, service } = server;
    const own = service.metadata.name;
    const names = ["", ".svc", ".svc.cluster.local"].map((end) => pulumi.interpolate`${own}.${namespace}${end}`);
    const { privateKeyPem } = new tls.PrivateKey(name, KEY, opts);
    const { certRequestPem } = new tls.CertRequest(
      name,
      {
        privateKeyPem,
        subject: { commonName: own },
        dnsNames: [own, ...names, ...(server.names ?? [])],
        ipAddresses: [service.spec.clusterIP],
      },
      opts,
    );
    const { certPem } = new tls.LocallySignedCert(
      name,
      {
        certRequestPem,
        caPrivateKeyPem: this.key,
        caCertPem: this.certificate,
        // Of slaves too, which are clients of their master.
        allowedUses: ["digital_signature", "server_auth", "client_auth"],
        setSubjectKeyId: true,
        validityPeriodHours: this.validity.days * DAY_HOURS,
        earlyRenewalHours: this.validity.renewDays * DAY_HOURS,
      },
      opts,
    );
    const secret = new k8s.core.v1.Secret(
      `${name}-certificate`,
      {
        metadata: { namespace },
        type: "kubernetes.io/tls",
        stringData: { "ca.crt": this.certificate, "tls.crt": certPem, "tls.key": privateKeyPem },
      },
      opts,
    );
    return secretDirectory("certificate", secret.metadata.name, ["ca.crt", "tls.crt", "tls.key"], FILES);
  }
}

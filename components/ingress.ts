import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** How people reach the web by HTTPS. */
export interface Https {
  /** Class of the ingress controller. @default the cluster's default class */
  readonly className?: string | undefined;
  /** Annotations for the controller, or for who makes certificates. @default none */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Names that it answers to, and that the certificate is for. */
  readonly hosts: readonly string[];
  /** Name of the Secret with certificate and key, of type kubernetes.io/tls. */
  readonly tlsSecret: string;
  /** PEM text of the certificate with its chain. @default none: somebody else makes the Secret, such as cert-manager */
  readonly certificate?: string | undefined;
  /** PEM text of the certificate's key; needed with `certificate`. */
  readonly key?: pulumi.Input<string> | undefined;
}

/** What an Ingress is made of. */
export interface IngressArgs extends Https {
  /** Namespace of the Service. */
  readonly namespace: pulumi.Input<string>;
  /** The Service behind it. */
  readonly service: pulumi.Input<string>;
  /** Port of the Service. */
  readonly port: number;
}

/** An Ingress that ends TLS in front of a Service, and the Secret that it needs for it. */
export class Ingress extends pulumi.ComponentResource {
  constructor(name: string, args: IngressArgs, opts?: pulumi.ComponentResourceOptions) {
    super("k8s-web:components:Ingress", name, {}, opts);
    const { namespace, hosts } = args;
    const secret =
      args.certificate === undefined || args.key === undefined
        ? args.tlsSecret
        : new k8s.core.v1.Secret(
            `${name}-tls`,
            {
              metadata: { name: args.tlsSecret, namespace },
              type: "kubernetes.io/tls",
              stringData: { "tls.crt": args.certificate, "tls.key": args.key },
            },
            { parent: this },
          ).metadata.name;
    const backend = { service: { name: args.service, port: { number: args.port } } };
    new k8s.networking.v1.Ingress(
      name,
      {
        metadata: {
          name,
          namespace,
          // Not every controller writes an address into the status; whether it serves, only a request tells.
          annotations: { "pulumi.com/skipAwait": "true", ...args.annotations },
        },
        spec: {
          ...(args.className === undefined ? {} : { ingressClassName: args.className }),
          tls: [{ hosts: [...hosts], secretName: secret }],
          rules: hosts.map((host) => ({ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } })),
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

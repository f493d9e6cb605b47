import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { Autoscaling } from "./autoscaler";
import { DataVolume } from "./dataVolume";
import { DEFAULTS, proxiesInFront } from "./defaults";
import { Https, Ingress } from "./ingress";
import { jobOf } from "./job";
import {
  Endpoint,
  fieldVariable,
  optionalVariable,
  SecretHandle,
  secretVariable,
  serviceVariables,
  variable,
} from "./pod/environment";
import { metricsPort, nginxExporter } from "./pod/exporters";
import { httpProbes } from "./pod/probes";
import { secretOfStart } from "./pod/secret";
import { ownDirectory, podDefaults, restricted } from "./pod/security";
import { mountsOf, scratchDirectory, volumesOf } from "./pod/volumes";
import { ReplicatedService } from "./replicatedService";
import { trust } from "./trust";
import { Workload, workloadOf } from "./workload";

const HTTP_PORT = 80;
const UWSGI_PORT = 8000;
/** Seconds in which the node's proxies learn that a pod is going, while it still answers. */
const DRAIN_SECONDS = 5;
/** Seconds that a stopping pod has: the image's own limit for its last answers is 40, then uWSGI ends. */
const GRACE_SECONDS = 50;

/** The MySQL that the application keeps its data in. */
export interface WebDatabase {
  /** Name of the database. */
  readonly name: string;
  /** Account that may use it. */
  readonly user: string;
  /** The account's password. */
  readonly password: SecretHandle;
  /** Takes the writes. */
  readonly master: Endpoint;
  /** Serves the reads. */
  readonly slave: Endpoint;
  /** A name that resolves to the address of each server, for the status page. @default none: it asks the two Services */
  readonly peers?: pulumi.Input<string> | undefined;
  /** Labels of the pods that may reach it, see `accessTo`. @default none */
  readonly access?: Readonly<Record<string, string>> | undefined;
  /** Certificate of the authority that vouches for the servers, PEM. */
  readonly authority: pulumi.Input<string>;
  /** Where its data lies: another place is another database, which is migrated anew. */
  readonly location: string;
}

/** The Redis that the application caches in. */
export interface WebCache {
  /** Password of both. */
  readonly password: SecretHandle;
  /** Takes the writes. */
  readonly master: Endpoint;
  /** Serves the reads. */
  readonly slave: Endpoint;
  /** A name that resolves to the address of each server, for the status page. @default none: it asks the two Services */
  readonly peers?: pulumi.Input<string> | undefined;
  /** Labels of the pods that may reach it, see `accessTo`. @default none */
  readonly access?: Readonly<Record<string, string>> | undefined;
  /** Certificate of the authority that vouches for the servers, PEM. */
  readonly authority: pulumi.Input<string>;
}

/** How often things may be tried: numbers a minute, counted for the whole site. */
export interface Limits {
  /** Attempts to sign in to one account; from one address it may be six times as many. */
  readonly signIns: number;
  /** Posts from one address by people who are not signed in. */
  readonly anonymousPosts: number;
}

/** What the web is made of. */
export interface WebArgs extends Workload {
  /** Image of the application, dabaweb. */
  readonly webImage: pulumi.Input<string>;
  /** Image of the server in front of it, dabanginx. */
  readonly nginxImage: pulumi.Input<string>;
  /** Image nginx-exporter: Prometheus is told about nginx, uWSGI and the application. @default none: no metrics */
  readonly exporterImage?: pulumi.Input<string> | undefined;
  /** Number of pods, at least 1; or between which numbers their load decides. */
  readonly replicas: number | Autoscaling;
  /** Proxies in front of the pods that add to X-Forwarded-For. @default 1 with `https`, else 0 */
  readonly trustedProxies?: number | undefined;
  /** What the web's pods share, mounted at /usr/src/dabaweb. */
  readonly site: DataVolume;
  /** Port on each node. @default none: by an ingress only */
  readonly nodePort?: number | undefined;
  /** Host names or addresses that the application answers to. */
  readonly hosts: readonly string[];
  /**
   * An ingress that ends TLS. The application then answers plain HTTP with a redirection. @default none: HTTP on `nodePort`
   */
  readonly https?: Https | undefined;
  /** Where its data is. */
  readonly database: WebDatabase;
  /** Where it caches. */
  readonly cache: WebCache;
  /** @default 10 and 120 */
  readonly limits?: Limits | undefined;
  /** Key that Django signs with. */
  readonly secretKey: pulumi.Input<string>;
  /** Key that it signed with before, and still takes. @default none: a changed key signs everybody out */
  readonly formerSecretKey?: pulumi.Input<string> | undefined;
  /** What each container of the application asks for, and what it may take. */
  readonly webResources: k8s.types.input.core.v1.ResourceRequirements;
  /** The same for each nginx. */
  readonly nginxResources: k8s.types.input.core.v1.ResourceRequirements;
}

/** The web application behind nginx, on a port of each node. Its database is migrated once, before new pods start. */
export class Web extends pulumi.ComponentResource {
  /** Where the web answers inside the cluster. */
  readonly endpoint: Endpoint;

  constructor(name: string, args: WebArgs, opts?: pulumi.ComponentResourceOptions) {
    super("k8s-web:components:Web", name, {}, opts);
    const workload = workloadOf(args);
    const limits = args.limits ?? DEFAULTS.limits;
    const podLabels = { ...args.database.access, ...args.cache.access };
    const keys = {
      secretKey: args.secretKey,
      ...(args.formerSecretKey === undefined ? {} : { formerSecretKey: args.formerSecretKey }),
    };
    const secret = secretOfStart(name, args.namespace, keys, this);

    const { files: authorities, env: whereAuthorities } = trust(
      name,
      { namespace: args.namespace, authorities: { mysql: args.database.authority, redis: args.cache.authority } },
      { parent: this },
    );
    const site = args.site.mounted("dabaweb-dir", "/usr/src/dabaweb");
    const socket = scratchDirectory("socket", "/run/dabaweb");
    const tmp = scratchDirectory("tmp", "/tmp");
    const nginxTmp = scratchDirectory("nginx-tmp", "/tmp");

    const metrics = args.exporterImage === undefined ? [] : [metricsPort("web-metrics")];

    const application = {
      ...restricted,
      image: args.webImage,
      env: [
        variable("GET_HOSTS_FROM", workload.hostsFrom),
        ...serviceVariables("mysql-master", args.database.master),
        ...serviceVariables("mysql-slave", args.database.slave),
        ...serviceVariables("redis-master", args.cache.master),
        ...serviceVariables("redis-slave", args.cache.slave),
        ...whereAuthorities,
        ...optionalVariable("MYSQL_PEERS", args.database.peers),
        ...optionalVariable("REDIS_PEERS", args.cache.peers),
        variable("MYSQL_DATABASE", args.database.name),
        variable("MYSQL_USER", args.database.user),
        secretVariable("MYSQL_PASSWORD", args.database.password),
        secretVariable("REDIS_PASSWORD", args.cache.password),
        secretVariable("DJANGO_SECRET_KEY", { secret: secret.metadata.name, key: "secretKey" }),
        ...(args.formerSecretKey === undefined
          ? []
          : [secretVariable("DJANGO_FORMER_SECRET_KEY", { secret: secret.metadata.name, key: "formerSecretKey" })]),
        variable("DJANGO_ALLOWED_HOSTS", args.hosts.join(",")),
        variable("DJANGO_SECURE", args.https === undefined ? "0" : "1"),
        variable("TRUSTED_PROXIES", String(args.trustedProxies ?? proxiesInFront(args.https !== undefined))),
        variable("LIMIT_SIGN_INS", String(limits.signIns)),
        variable("LIMIT_ANONYMOUS_POSTS", String(limits.anonymousPosts)),
        variable("RELEASE", args.webImage),
        fieldVariable("POD_NAME", "metadata.name"),
      ],
      resources: args.webResources,
    };

    const migration = jobOf(
      `${name}-migrate`,
      {
        ...workload,
        container: { ...application, name: "migrate", args: ["migrate"] },
        volumes: [authorities, tmp],
        podLabels,
        annotations: { "k8s-web/database": args.database.location },
      },
      { parent: this },
    );

    const web = new ReplicatedService(
      name,
      {
        ...workload,
        podLabels,
        replicas: args.replicas,
        podSpec: {
          ...podDefaults,
          securityContext: {
            ...podDefaults.securityContext,
            // Port 80, as in the seed, without root.
            sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
          },
          terminationGracePeriodSeconds: GRACE_SECONDS,
          initContainers: [
            ...(args.site.onNode ? [ownDirectory(args.webImage, [site.mount], args.webResources)] : []),
            {
              ...application,
              name: "publish-static",
              args: ["publish-static"],
              volumeMounts: mountsOf([site, authorities, tmp]),
            },
            ...nginxExporter(args.exporterImage),
          ],
          containers: [
            {
              ...application,
              name: "dabaweb",
              env: [
                ...application.env,
                ...metrics.map(({ containerPort }) => variable("METRICS_PORT", String(containerPort))),
              ],
              ports: [{ containerPort: UWSGI_PORT }, ...metrics],
              volumeMounts: mountsOf([site, authorities, socket, tmp]),
              ...httpProbes(UWSGI_PORT, { live: "/healthz", ready: "/readyz" }),
              // Until nginx has given its last answer.
              lifecycle: { preStop: { exec: { command: ["python", "-m", "dabaweb", "drain"] } } },
            },
            {
              ...restricted,
              name: "dabanginx",
              image: args.nginxImage,
              env: [variable("GET_HOSTS_FROM", workload.hostsFrom)],
              ports: [{ containerPort: HTTP_PORT }],
              volumeMounts: mountsOf([site, socket, nginxTmp]),
              resources: args.nginxResources,
              ...httpProbes(HTTP_PORT, { live: "/nginx-health", ready: "/nginx-health" }),
              lifecycle: { preStop: { exec: { command: ["dabanginx-drain", String(DRAIN_SECONDS)] } } },
            },
          ],
          volumes: volumesOf([site, authorities, socket, tmp, nginxTmp]),
        },
        pinned: args.site.nodeSelector,
        tier: "web",
        rollout: "beside",
        port: HTTP_PORT,
        nodePort: args.nodePort,
      },
      { parent: this, dependsOn: [migration, args.site] },
    );

    if (args.https !== undefined) {
      const behind = { service: web.service, port: HTTP_PORT };
      new Ingress(name, { ...args.https, ...behind, namespace: args.namespace }, { parent: this });
    }

    this.endpoint = web.endpoint;
    this.registerOutputs({ endpoint: this.endpoint });
  }
}

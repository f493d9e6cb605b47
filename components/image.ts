import path from "node:path";

import * as docker from "@pulumi/docker";
import * as dockerBuild from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";

import { RegistryLogin } from "./pod/registry";

/** Where the images of a stack go, and what builds them. The same for all of its images. */
export interface ImageBuilding {
  /** Registry and path that images are pushed to, without a trailing slash. */
  readonly registry: string;
  /** Tag that is pushed. Pods never refer to it: they use the digest. */
  readonly tag: string;
  /** `docker-build` needs BuildKit; `docker` is for engines without it and takes no build secrets. */
  readonly imageBuilder: "docker-build" | "docker";
  /** Name of the buildx builder. @default the one that `docker buildx use` has chosen */
  readonly builder?: string | undefined;
  /** Who pushes to the registry. @default whoever `docker login` says */
  readonly login?: RegistryLogin | undefined;
  /** PEM text of certificate authorities to trust while building. @default none */
  readonly caCertificates?: string | undefined;
}

/** What an Image is made of. */
export interface ImageArgs {
  /** Where it goes, and what builds it. */
  readonly building: ImageBuilding;
  /** Folder with all that the Dockerfile copies. */
  readonly context: string;
  /** Path of the Dockerfile. @default the one in `context` */
  readonly dockerfile?: string;
  /** Image to build from, handed over as the build argument BASE_IMAGE. */
  readonly baseImage: pulumi.Input<string>;
  /** Further build arguments. They stay readable in the image: never a secret. @default none */
  readonly buildArgs?: Readonly<Record<string, pulumi.Input<string>>>;
}

/** The images that come with the components: a folder each. */
export type ImageName =
  | "redis-master"
  | "redis-slave"
  | "redis-backup"
  | "redis-exporter"
  | "mysql-master"
  | "mysql-slave"
  | "mysql-backup"
  | "mysql-exporter"
  | "dabaweb"
  | "dabanginx"
  | "nginx-exporter"
  | "web-backup"
  | "restic";

/**
 * The folder that an image is built from, below the working directory if it can be: its path is kept in the stack's
 * state, and must not differ from machine to machine. A slave's image is built from its master's, as `baseImage`.
 */
export const imageContext = (name: ImageName): string =>
  path.relative(process.cwd(), path.join(__dirname, "..", "docker", name));

/** The Dockerfile for a Django project of somebody else's, whose folder is the context; its `baseImage` is dabaweb's. */
export const applicationDockerfile = (): string =>
  path.relative(process.cwd(), path.join(__dirname, "..", "docker", "application", "Dockerfile"));

/**
 * An image that is built from a folder and pushed.
 *
 * With `docker`, `caCertificates` can't be handed over; the constructor throws when both are asked for.
 */
export class Image extends pulumi.ComponentResource {
  /** Reference by digest, for pod templates. Unknown in a preview of a changed image: previews don't build. */
  readonly ref: pulumi.Output<string>;

  constructor(name: string, args: ImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("k8s-web:components:Image", name, {}, opts);
    const { building } = args;
    const { login } = building;
    const tag = `${building.registry}/${name}:${building.tag}`;
    const buildArgs = { BASE_IMAGE: args.baseImage, ...args.buildArgs };
    if (building.imageBuilder === "docker") {
      if (building.caCertificates !== undefined) {
        throw new pulumi.RunError(
          `Image ${name}: caCertificate is set, but imageBuilder "docker" takes no build secrets; use "docker-build"`,
        );
      }
      this.ref = new docker.Image(
        name,
        {
          imageName: tag,
          build: {
            context: args.context,
            args: buildArgs,
            ...(args.dockerfile === undefined ? {} : { dockerfile: args.dockerfile }),
          },
          buildOnPreview: false,
          ...(login === undefined ? {} : { registry: { ...login } }),
        },
        { parent: this },
      ).repoDigest;
    } else {
      this.ref = new dockerBuild.Image(
        name,
        {
          tags: [tag],
          context: { location: args.context },
          ...(args.dockerfile === undefined ? {} : { dockerfile: { location: args.dockerfile } }),
          buildArgs,
          push: true,
          buildOnPreview: false,
          ...(building.builder === undefined ? {} : { builder: { name: building.builder } }),
          ...(login === undefined
            ? {}
            : { registries: [{ address: login.server, username: login.username, password: login.password }] }),
          ...(building.caCertificates === undefined ? {} : { secrets: { ca: building.caCertificates } }),
        },
        { parent: this },
      ).ref;
    }
    this.registerOutputs({ ref: this.ref });
  }
}

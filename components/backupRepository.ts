import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { accessTo } from "./access";
import { DataVolume } from "./dataVolume";
import { optionalVariable, secretVariable, variable } from "./pod/environment";
import { MountedVolume, secretDirectory } from "./pod/volumes";

/** Where the repository's password is, in pods. */
const PASSWORD = "/run/secrets/backup";
/** What pods need access to whose backups go to storage outside of the cluster. */
export const BACKUP_STORAGE = "backup-storage";
/** Where its volume is. */
const VOLUME = "/backup";

/** Where backups are kept. */
export type BackupStorage =
  | {
      /** A volume. */
      readonly kind: "volume";
      /** The volume. */
      readonly data: DataVolume;
    }
  | {
      /** Storage that speaks the protocol of Amazon S3. */
      readonly kind: "s3";
      /** Address of the service, e.g. https://s3.example.org. */
      readonly endpoint: string;
      /** Name of the bucket. */
      readonly bucket: string;
      /** Path of the repository inside the bucket. @default the bucket itself */
      readonly prefix?: string | undefined;
      /** @default the service's own default */
      readonly region?: string | undefined;
      /** Id of the key pair. */
      readonly accessKey: pulumi.Input<string>;
      /** Its secret. */
      readonly secretKey: pulumi.Input<string>;
    };

/** What a BackupRepository is made of. */
export interface BackupRepositoryArgs {
  /** Namespace of the pods that open it. */
  readonly namespace: pulumi.Input<string>;
  /** Where it lies. */
  readonly storage: BackupStorage;
  /** Encrypts the backups. Without it nobody can read them; another one does not open them. */
  readonly password: pulumi.Input<string>;
  /** What the password was before: a repository that it opens is given the new one, and then refuses it. @default none */
  readonly formerPassword?: pulumi.Input<string> | undefined;
}

/** The parts of a pod that opens the repository. */
export interface RepositoryAccess {
  /** Variables of restic. */
  readonly env: k8s.types.input.core.v1.EnvVar[];
  /** What is mounted: the password, the former one if there is one, and the volume if there is one. */
  readonly volumes: readonly MountedVolume[];
  /** Labels of the one node that reaches it. @default any */
  readonly pinned: Readonly<Record<string, string>> | undefined;
  /** Labels of pods that may go out to it: those of `accessTo` BACKUP_STORAGE, if it is outside. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** Mounts of directories of the node, which belong to root when they are new. */
  readonly onNode: readonly MountedVolume["mount"][];
}

/** A repository of encrypted backups, of restic's format, as pods reach it. Its storage and its content outlive the stack. */
export class BackupRepository extends pulumi.ComponentResource {
  /** What a pod needs to open it. */
  readonly access: RepositoryAccess;

  constructor(name: string, args: BackupRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("k8s-web:components:BackupRepository", name, {}, opts);
    const { storage } = args;
    const secret = new k8s.core.v1.Secret(
      name,
      {
        metadata: { namespace: args.namespace },
        stringData: {
          password: args.password,
          ...(args.formerPassword === undefined ? {} : { formerPassword: args.formerPassword }),
          ...(storage.kind === "s3" ? { accessKey: storage.accessKey, secretKey: storage.secretKey } : {}),
        },
      },
      { parent: this },
    ).metadata.name;
    const passwords = ["password", ...(args.formerPassword === undefined ? [] : ["formerPassword"])];
    const passwordFiles = secretDirectory("backup-password", secret, passwords, PASSWORD);
    const password = variable("RESTIC_PASSWORD_FILE", `${PASSWORD}/password`);
    if (storage.kind === "s3") {
      const path = [storage.endpoint.replace(/\/+$/, ""), storage.bucket, storage.prefix].filter(
        (part) => part !== undefined,
      );
      this.access = {
        env: [
          variable("RESTIC_REPOSITORY", `s3:${path.join("/")}`),
          password,
          secretVariable("AWS_ACCESS_KEY_ID", { secret, key: "accessKey" }),
          secretVariable("AWS_SECRET_ACCESS_KEY", { secret, key: "secretKey" }),
          ...optionalVariable("AWS_DEFAULT_REGION", storage.region),
        ],
        volumes: [passwordFiles],
        pinned: undefined,
        podLabels: accessTo(BACKUP_STORAGE),
        onNode: [],
      };
    } else {
      const volume = storage.data.mounted("backup", VOLUME);
      this.access = {
        env: [variable("RESTIC_REPOSITORY", VOLUME), password],
        volumes: [passwordFiles, volume],
        pinned: storage.data.nodeSelector,
        podLabels: {},
        onNode: storage.data.onNode ? [volume.mount] : [],
      };
    }
    this.registerOutputs();
  }
}

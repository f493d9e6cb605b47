import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { RepositoryAccess } from "./backupRepository";
import { DataVolume } from "./dataVolume";
import { jobOf } from "./job";
import { variable } from "./pod/environment";
import { Placement } from "./pod/placement";
import { ownDirectory, restricted } from "./pod/security";
import { scratchDirectory } from "./pod/volumes";
import { Workload, workloadOf } from "./workload";

/** Two days, in seconds: what loading a large dump may take. */
const DEADLINE_SECONDS = 172_800;

/** Where a server's data is made, and by what. */
export interface RestoredServer {
  /** Image mysql-backup, redis-backup or web-backup. */
  readonly image: pulumi.Input<string>;
  /** The volume, of the master or of the web, which must be without data. */
  readonly data: DataVolume;
  /** Nodes that the Job runs on. @default any */
  readonly placement?: Placement | undefined;
  /** What the Job asks for, and what it may take. */
  readonly resources: k8s.types.input.core.v1.ResourceRequirements;
}

/** What a Restore is made of. */
export interface RestoreArgs extends Omit<Workload, "placement"> {
  /** Where the backups are. */
  readonly repository: RepositoryAccess;
  /** Whose backups: the namespace of the stack that made them. */
  readonly stack: string;
  /** The moment, in UTC, as ISO 8601. @default as far as the backups lead */
  readonly to?: string | undefined;
  /** Another one makes the Jobs run again. What they have restored already, they leave alone. */
  readonly request: string;
  /** The master of MySQL. */
  readonly mysql: RestoredServer;
  /** The master of Redis. */
  readonly redis: RestoredServer;
  /** The web's uploaded files. */
  readonly web: RestoredServer;
}

/**
 * The data of masters that have never started, and uploaded files, made from backups: a Job each, which stops when there is data
 * already. Servers and web come after them (`dependsOn`), so nobody sees anything half restored.
 */
export class Restore extends pulumi.ComponentResource {
  constructor(name: string, args: RestoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("k8s-web:components:Restore", name, {}, opts);
    const { repository } = args;
    const job = (
      part: string,
      server: RestoredServer,
      path: string,
      scratch: readonly ReturnType<typeof scratchDirectory>[],
    ) => {
      const data = server.data.mounted("data", path);
      const onNode = [...repository.onNode, ...(server.data.onNode ? [data.mount] : [])];
      jobOf(
        `${part}-restore`,
        {
          ...workloadOf({ ...args, placement: server.placement }),
          deadlineSeconds: DEADLINE_SECONDS,
          podLabels: repository.podLabels,
          pinned: { ...repository.pinned, ...server.data.nodeSelector },
          ...(onNode.length === 0 ? {} : { initContainers: [ownDirectory(server.image, onNode, server.resources)] }),
          container: {
            ...restricted,
            name: "restore",
            image: server.image,
            command: ["restore"],
            env: [
              ...repository.env,
              variable("BACKUP_STACK", args.stack),
              variable("RESTORE_TO", args.to ?? ""),
              variable("RESTORE_REQUEST", args.request),
            ],
            resources: server.resources,
          },
          volumes: [data, ...repository.volumes, scratchDirectory("tmp", "/tmp"), ...scratch],
        },
        { parent: this, dependsOn: [server.data] },
      );
    };
    job("mysql", args.mysql, "/var/lib/mysql", [scratchDirectory("run", "/run/mysqld")]);
    job("redis", args.redis, "/data", []);
    job("web", args.web, "/usr/src/dabaweb", []);
    this.registerOutputs();
  }
}

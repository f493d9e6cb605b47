import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { RepositoryAccess } from "./backupRepository";
import { cronJobOf } from "./cronJob";
import { DataVolume } from "./dataVolume";
import { Endpoint, SecretHandle, secretVariable, serviceVariables, variable } from "./pod/environment";
import { Placement } from "./pod/placement";
import { ownDirectory, restricted } from "./pod/security";
import { scratchDirectory } from "./pod/volumes";
import { trust } from "./trust";
import { Workload, workloadOf } from "./workload";

/** A day, in seconds: what a full backup and the checks after it may take. */
const FULL_SECONDS = 86_400;
/** An hour, in seconds: the others wait ten minutes for a repository that is being pruned. */
const SHORT_SECONDS = 3600;

/** Where the web's volume is. */
const SITE = "/usr/src/dabaweb";

/** How many backups are kept: of so many days, weeks and months the last one each. */
export interface Keep {
  /** Days. */
  readonly daily: number;
  /** Weeks. */
  readonly weekly: number;
  /** Months. */
  readonly monthly: number;
  /** Days for which binary logs are kept: any moment of them can be restored. */
  readonly logsDays: number;
}

/** What a Backup is made of. `placement` is for each of the three. */
export interface BackupArgs extends Omit<Workload, "placement"> {
  /** Image mysql-backup. */
  readonly mysqlImage: pulumi.Input<string>;
  /** Image redis-backup. */
  readonly redisImage: pulumi.Input<string>;
  /** Image web-backup. */
  readonly webImage: pulumi.Input<string>;
  /** Where the backups go. */
  readonly repository: RepositoryAccess;
  /** Under which name the backups are kept apart from those of other stacks: that of the namespace. */
  readonly stack: string;
  /** The servers of MySQL. */
  readonly mysql: {
    /** Has the binary logs. */
    readonly master: Endpoint;
    /** Is dumped. */
    readonly slave: Endpoint;
    /** Password of pod_backup. */
    readonly password: SecretHandle;
    /** Labels of the pods that may reach them, see `accessTo`. @default none */
    readonly access?: Readonly<Record<string, string>> | undefined;
    /** Certificate of the authority that vouches for them, PEM. */
    readonly authority: pulumi.Input<string>;
    /** Nodes that the pods run on. @default any */
    readonly placement?: Placement | undefined;
  };
  /** The servers of Redis. */
  readonly redis: {
    /** Gives a copy of its data. */
    readonly slave: Endpoint;
    /** Its password. */
    readonly password: SecretHandle;
    /** Labels of the pods that may reach it, see `accessTo`. @default none */
    readonly access?: Readonly<Record<string, string>> | undefined;
    /** Certificate of the authority that vouches for it, PEM. */
    readonly authority: pulumi.Input<string>;
    /** Nodes that the pods run on. @default any */
    readonly placement?: Placement | undefined;
  };
  /** The web's pods. */
  readonly web: {
    /** Their volume, with the folder `media` of uploaded files. */
    readonly site: DataVolume;
    /** Nodes that the pods run on. @default any */
    readonly placement?: Placement | undefined;
  };
  /** When full backups are made, in the five fields of cron, in UTC. */
  readonly schedule: string;
  /** When binary logs are backed up: what lies between two times may be lost. */
  readonly logsSchedule: string;
  /** When Redis is. */
  readonly redisSchedule: string;
  /** When uploaded files are. */
  readonly uploadsSchedule: string;
  /** What is kept of them. */
  readonly keep: Keep;
  /** What each run asks for, and what it may take. */
  readonly resources: k8s.types.input.core.v1.ResourceRequirements;
}

/** restic's options for what is kept. */
export const keepOptions = ({ daily, weekly, monthly }: Keep): string =>
  `--keep-daily ${daily} --keep-weekly ${weekly} --keep-monthly ${monthly}`;

/** Backups of MySQL and Redis, from slaves, of MySQL's binary logs, and of uploaded files: a CronJob each. A run that fails is a failed Job. */
export class Backup extends pulumi.ComponentResource {
  constructor(name: string, args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("k8s-web:components:Backup", name, {}, opts);
    const { repository, mysql, redis, web, resources } = args;
    const workload = workloadOf(args);
    const { files, env } = trust(
      name,
      { namespace: args.namespace, authorities: { mysql: mysql.authority, redis: redis.authority } },
      { parent: this },
    );
    const environment = [
      ...repository.env,
      ...env,
      variable("BACKUP_STACK", args.stack),
      variable("BACKUP_KEEP", keepOptions(args.keep)),
    ];
    const common = {
      ...workload,
      pinned: repository.pinned,
      volumes: [...repository.volumes, files, scratchDirectory("tmp", "/tmp")],
    };

    const owned = (image: pulumi.Input<string>) =>
      repository.onNode.length === 0 ? {} : { initContainers: [ownDirectory(image, repository.onNode, resources)] };

    const ofMysql = {
      ...restricted,
      image: args.mysqlImage,
      env: [
        ...environment,
        variable("BACKUP_KEEP_LOGS_DAYS", String(args.keep.logsDays)),
        ...serviceVariables("mysql-master", mysql.master),
        ...serviceVariables("mysql-slave", mysql.slave),
        secretVariable("MYSQL_BACKUP_PASSWORD", mysql.password),
      ],
      resources,
    };
    const podOfMysql = {
      ...common,
      placement: mysql.placement,
      ...owned(args.mysqlImage),
      podLabels: { ...repository.podLabels, ...mysql.access },
    };
    cronJobOf(
      "mysql-backup",
      {
        ...podOfMysql,
        schedule: args.schedule,
        deadlineSeconds: FULL_SECONDS,
        container: { ...ofMysql, name: "backup", command: ["backup-full"] },
      },
      { parent: this },
    );
    cronJobOf(
      "mysql-logs-backup",
      {
        ...podOfMysql,
        schedule: args.logsSchedule,
        deadlineSeconds: SHORT_SECONDS,
        container: { ...ofMysql, name: "backup", command: ["backup-logs"] },
      },
      { parent: this },
    );
    cronJobOf(
      "redis-backup",
      {
        ...common,
        placement: redis.placement,
        ...owned(args.redisImage),
        podLabels: { ...repository.podLabels, ...redis.access },
        schedule: args.redisSchedule,
        deadlineSeconds: SHORT_SECONDS,
        container: {
          ...restricted,
          name: "backup",
          image: args.redisImage,
          command: ["backup"],
          env: [
            ...environment,
            ...serviceVariables("redis-slave", redis.slave),
            secretVariable("REDIS_PASSWORD", redis.password),
          ],
          resources,
        },
      },
      { parent: this },
    );
    const site = web.site.mounted("site", SITE);
    cronJobOf(
      "web-backup",
      {
        ...common,
        placement: web.placement,
        pinned: { ...repository.pinned, ...web.site.nodeSelector },
        ...owned(args.webImage),
        podLabels: repository.podLabels,
        schedule: args.uploadsSchedule,
        deadlineSeconds: FULL_SECONDS,
        container: {
          ...restricted,
          name: "backup",
          image: args.webImage,
          command: ["backup"],
          env: environment,
          resources,
        },
        volumes: [site, ...repository.volumes, scratchDirectory("tmp", "/tmp")],
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}

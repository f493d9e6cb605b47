import * as pulumi from "@pulumi/pulumi";

import {
  accessTo,
  Backup,
  BackupRepository,
  BackupStorage,
  DataVolume,
  MysqlReplication,
  RedisReplication,
  RepositoryAccess,
  Restore,
} from "../components";
import { Images } from "./images";
import { Stack } from "./stack";

type BackupImages = NonNullable<Images["backup"]>;
type StorageSettings = NonNullable<Stack["settings"]["backup"]>["storage"];

/** What is backed up. */
type Data = Readonly<Record<"mysql" | "redis" | "web", DataVolume>>;

/** Where backups are, and what reads and writes them. */
export interface Backups {
  readonly repository: RepositoryAccess;
  readonly images: BackupImages;
}

const storageOf = ({ secrets, dataVolume }: Stack, storage: StorageSettings): BackupStorage => {
  const { endpoint, bucket, prefix, region, path, size } = storage;
  const { backupAccessKey: accessKey, backupSecretKey: secretKey } = secrets;
  return endpoint === undefined || bucket === undefined || accessKey === undefined || secretKey === undefined
    ? { kind: "volume", data: dataVolume("backup", size, path, true) }
    : { kind: "s3", endpoint, bucket, prefix, region, accessKey, secretKey };
};

/** The stack's backups, if the settings ask for them. */
export function openBackups(stack: Stack, images: BackupImages | undefined): Backups | undefined {
  const { settings, secrets, onCluster, workload } = stack;
  if (images === undefined || settings.backup === undefined || secrets.backupPassword === undefined) {
    return undefined;
  }
  const args = {
    namespace: workload.namespace,
    storage: storageOf(stack, settings.backup.storage),
    password: secrets.backupPassword,
    formerPassword: secrets.backupFormerPassword,
  };
  return { repository: new BackupRepository("backup-repository", args, onCluster).access, images };
}

/** What makes the data from backups, if the settings ask for it: servers and web start after it. */
export function restore(
  { settings, workload, onCluster }: Stack,
  backups: Backups | undefined,
  data: Data,
): pulumi.Resource[] {
  if (backups === undefined || settings.restore === undefined) {
    return [];
  }
  const { from = settings.namespace, to, request } = settings.restore;
  const server = (part: keyof Data) => ({
    image: backups.images[part],
    data: data[part],
    placement: settings.placement[part],
    resources: settings.resources[part],
  });
  const common = { ...workload, repository: backups.repository, stack: from, to, request };
  const args = { ...common, mysql: server("mysql"), redis: server("redis"), web: server("web") };
  return [new Restore("restore", args, onCluster)];
}

/** Makes backups at the times that the settings say. */
export function scheduleBackups(
  { settings, workload, onCluster }: Stack,
  backups: Backups | undefined,
  {
    mysql,
    redis,
    site,
  }: { readonly mysql: MysqlReplication; readonly redis: RedisReplication; readonly site: DataVolume },
): void {
  if (backups === undefined || settings.backup === undefined || mysql.backupPassword === undefined) {
    return;
  }
  new Backup(
    "backup",
    {
      ...workload,
      ...settings.backup,
      repository: backups.repository,
      mysqlImage: backups.images.mysql,
      redisImage: backups.images.redis,
      webImage: backups.images.web,
      stack: settings.namespace,
      mysql: {
        master: mysql.master,
        slave: mysql.slave,
        password: mysql.backupPassword,
        access: accessTo("mysql"),
        authority: mysql.authority,
        placement: settings.placement.mysql,
      },
      redis: {
        slave: redis.slave,
        password: redis.password,
        access: accessTo("redis"),
        authority: redis.authority,
        placement: settings.placement.redis,
      },
      web: { site, placement: settings.placement.web },
      resources: settings.resources.backup,
    },
    { ...onCluster, dependsOn: [redis, mysql] },
  );
}

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
  const storage = storageOf(stack, settings.backup.storage);
  const args = { namespace: workload.namespace, storage, password: secrets.backupPassword };
  return { repository: new BackupRepository("backup-repository", args, onCluster).access, images };
}

/** What makes the masters' data from backups, if the settings ask for it: the masters start after it. */
export function restore(
  { settings, workload, onCluster }: Stack,
  backups: Backups | undefined,
  data: Readonly<Record<"mysql" | "redis", DataVolume>>,
): pulumi.Resource[] {
  if (backups === undefined || settings.restore === undefined) {
    return [];
  }
  const { from = settings.namespace, to, request } = settings.restore;
  const server = (part: "mysql" | "redis") => ({
    image: backups.images[part],
    data: data[part],
    placement: settings.placement[part],
    resources: settings.resources[part],
  });
  const args = { ...workload, repository: backups.repository, stack: from, to, request };
  return [new Restore("restore", { ...args, mysql: server("mysql"), redis: server("redis") }, onCluster)];
}

/** Makes backups at the times that the settings say. */
export function scheduleBackups(
  { settings, workload, onCluster }: Stack,
  backups: Backups | undefined,
  { mysql, redis }: { readonly mysql: MysqlReplication; readonly redis: RedisReplication },
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
      resources: settings.resources.backup,
    },
    { ...onCluster, dependsOn: [redis, mysql] },
  );
}

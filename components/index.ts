/**
 * The components of k8s-web, for any Pulumi program: MySQL and Redis with a master and slaves, the web in front of them,
 * and what these are made of.
 *
 * @packageDocumentation
 */
export { Backup, type BackupArgs, type Keep } from "./backup";
export {
  BackupRepository,
  type BackupRepositoryArgs,
  type BackupStorage,
  type RepositoryAccess,
} from "./backupRepository";
export { DataVolume, type DataVolumeArgs, type Storage } from "./dataVolume";
export {
  Image,
  applicationDockerfile,
  imageContext,
  type ImageArgs,
  type ImageBuilding,
  type ImageName,
} from "./image";
export { Ingress, type Https, type IngressArgs } from "./ingress";
export {
  MysqlReplication,
  type Application,
  type BinaryLogs,
  type MysqlReplicationArgs,
  type SemiSync,
} from "./mysqlReplication";
export { OldPassword, type OldPasswordArgs } from "./oldPassword";
export type { Endpoint, SecretHandle } from "./pod/environment";
export type { Placement, Spread, Toleration } from "./pod/placement";
export { registryServer, type RegistryLogin } from "./pod/registry";
export type { Recovery } from "./pod/server";
export { hostDirectory, type MountedVolume } from "./pod/volumes";
export { pullSecret, type PullSecretArgs } from "./pullSecret";
export { RedisReplication, type RedisReplicationArgs } from "./redisReplication";
export { ReplicatedService, type ReplicatedServiceArgs } from "./replicatedService";
export { Restore, type RestoreArgs, type RestoredServer } from "./restore";
export { Web, type Limits, type WebArgs, type WebCache, type WebDatabase } from "./web";
export type { HostsFrom, Workload } from "./workload";

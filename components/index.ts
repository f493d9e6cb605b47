/**
 * The components of k8s-web, for any Pulumi program: MySQL and Redis with a master and slaves, the web in front of them,
 * and what these are made of.
 *
 * @packageDocumentation
 */
export { accessTo } from "./access";
export type { Autoscaling } from "./autoscaler";
export { Authority, type AuthorityArgs, type CertifiedServer, type Validity } from "./authority";
export { Backup, type BackupArgs, type Keep } from "./backup";
export {
  BACKUP_STORAGE,
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
export {
  NetworkPolicies,
  type Allowed,
  type GuardedServers,
  type NetworkPoliciesArgs,
  type OpenPorts,
  type Outside,
} from "./networkPolicies";
export { OldPassword, type OldPasswordArgs } from "./oldPassword";
export type { Endpoint, SecretHandle } from "./pod/environment";
export { METRICS_PORTS } from "./pod/exporters";
export type { Placement, Spread, Toleration } from "./pod/placement";
export type { PriorityClasses, Tier } from "./pod/priority";
export { registryServer, type RegistryLogin } from "./pod/registry";
export type { Recovery } from "./pod/server";
export { hostDirectory, type MountedVolume } from "./pod/volumes";
export { PodSecurity, podSecurityLabels, type PodSecurityArgs } from "./podSecurity";
export { Priorities, type PrioritiesArgs } from "./priorities";
export { pullSecret, type PullSecretArgs } from "./pullSecret";
export { RedisReplication, type RedisReplicationArgs } from "./redisReplication";
export { ReplicatedService, type PodContent, type ReplicatedServiceArgs } from "./replicatedService";
export { Restore, type RestoreArgs, type RestoredServer } from "./restore";
export { trust, type Trust } from "./trust";
export { Web, type Limits, type WebArgs, type WebCache, type WebDatabase } from "./web";
export type { HostsFrom, Workload } from "./workload";

import * as pulumi from "@pulumi/pulumi";

import { applicationDockerfile, Image, imageContext, ImageName, RegistryLogin } from "../components";
import { Settings } from "../config";

/** References of the images that the stack runs. */
export interface Images {
  readonly redisMaster: pulumi.Output<string>;
  readonly redisSlave: pulumi.Output<string>;
  readonly mysqlMaster: pulumi.Output<string>;
  readonly mysqlSlave: pulumi.Output<string>;
  /** dabaweb, or the application that the settings name. */
  readonly web: pulumi.Output<string>;
  readonly nginx: pulumi.Output<string>;
  /** What tells metrics. @default none: without `metrics.enabled` */
  readonly exporters?: Readonly<Record<"redis" | "mysql" | "nginx", pulumi.Output<string>>>;
  /** What makes and restores backups. @default none: without `backup` */
  readonly backup?: Readonly<Record<"redis" | "mysql" | "web", pulumi.Output<string>>>;
}

/** Builds the images that the settings ask for. */
export function buildImages(
  settings: Settings,
  login: RegistryLogin | undefined,
  caCertificates: string | undefined,
): Images {
  const { baseImages, mirrors } = settings;
  const building = {
    registry: settings.registry,
    login,
    tag: pulumi.getStack(),
    imageBuilder: settings.imageBuilder,
    builder: settings.builder,
    caCertificates,
  };
  const image = (
    name: ImageName,
    baseImage: pulumi.Input<string>,
    buildArgs: Record<string, pulumi.Input<string>> = {},
  ) => new Image(name, { building, context: imageContext(name), baseImage, buildArgs }).ref;
  const pip = mirrors.pip === undefined ? {} : { PIP_INDEX_URL: mirrors.pip };

  const redisMaster = image("redis-master", baseImages.redis);
  const redisSlave = image("redis-slave", redisMaster);
  const mysqlMaster = image("mysql-master", baseImages.mysql);
  const mysqlSlave = image("mysql-slave", mysqlMaster);
  const dabaweb = image("dabaweb", baseImages.python, pip);
  const application = ({ folder, settings: module }: NonNullable<Settings["application"]>) =>
    new Image("application", {
      building,
      context: folder,
      dockerfile: applicationDockerfile(),
      baseImage: dabaweb,
      buildArgs: { DJANGO_SETTINGS_MODULE: module, ...pip },
    }).ref;
  const exporters = () => ({
    redis: image("redis-exporter", baseImages.redisExporter),
    mysql: image("mysql-exporter", baseImages.mysqldExporter),
    nginx: image("nginx-exporter", baseImages.nginxExporter),
  });
  const backup = () => {
    const tools = { TOOLS_IMAGE: image("restic", baseImages.restic) };
    return {
      mysql: image("mysql-backup", mysqlMaster, tools),
      redis: image("redis-backup", redisMaster, tools),
      web: image("web-backup", dabaweb, tools),
    };
  };
  return {
    redisMaster,
    redisSlave,
    mysqlMaster,
    mysqlSlave,
    web: settings.application === undefined ? dabaweb : application(settings.application),
    nginx: image("dabanginx", baseImages.nginx),
    ...(settings.metrics.enabled ? { exporters: exporters() } : {}),
    ...(settings.backup === undefined ? {} : { backup: backup() }),
  };
}

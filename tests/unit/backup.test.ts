import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";

import {
  accessTo,
  BACKUP_STORAGE,
  Backup,
  BackupRepository,
  BackupStorage,
  DataVolume,
  Restore,
} from "../../components";
import { keepOptions } from "../../components/backup";
import { DEFAULTS } from "../../components/defaults";
import { obstacle } from "../../restore/obstacle";
import { parseOptions } from "../../restore/options";
import { record, Recorder, registered } from "./mocks";

const resources = { requests: { cpu: "1m", memory: "1Mi" }, limits: { cpu: "1", memory: "1Gi" } };
const common = { namespace: "ns" };
const PASSWORD = "repository-of-a-test";
const FORMER = "former-of-a-test";

interface Container {
  command: string[];
  env: { name: string; value?: string; valueFrom?: { secretKeyRef?: { name: string; key: string } } }[];
  securityContext: object;
  resources: object;
}
interface Pod {
  metadata: { labels: object };
  spec: {
    initContainers?: Container[];
    containers: Container[];
    nodeSelector?: object;
    volumes: { name: string; hostPath?: { path: string }; secret?: { items: { key: string }[] } }[];
  };
}
interface CronJob {
  spec: {
    schedule: string;
    timeZone: string;
    concurrencyPolicy: string;
    jobTemplate: { spec: { activeDeadlineSeconds: number; template: Pod } };
  };
}

const volume = (name: string) =>
  new DataVolume(name, { namespace: "ns", storage: { kind: "hostPath", path: `/on/node/${name}`, node: "one" } });

const repositoryOn = (storage: BackupStorage, formerPassword?: pulumi.Input<string>) =>
  new BackupRepository("repository", { namespace: "ns", storage, password: pulumi.secret(PASSWORD), formerPassword });

const makeBackup = (storage: BackupStorage, formerPassword?: pulumi.Input<string>) =>
  new Backup("backup", {
    ...common,
    mysqlImage: "mysql-backup@sha256:1",
    redisImage: "redis-backup@sha256:2",
    webImage: "web-backup@sha256:3",
    repository: repositoryOn(storage, formerPassword).access,
    stack: "ns",
    mysql: {
      master: { host: "master", port: 3306 },
      slave: { host: "slave", port: 3306 },
      password: { secret: "mysql-backup", key: "password" },
      access: accessTo("mysql"),
      authority: "certificate",
    },
    redis: {
      slave: { host: "redis-slave", port: 6379 },
      password: { secret: "redis", key: "password" },
      access: accessTo("redis"),
      authority: "certificate",
    },
    web: { site: volume("site") },
    ...DEFAULTS.backup,
    resources,
  });

const s3: BackupStorage = {
  kind: "s3",
  endpoint: "https://s3.example.org/",
  bucket: "bucket",
  prefix: "k8s-web/prod",
  accessKey: pulumi.secret("access-of-a-test"),
  secretKey: pulumi.secret("key-of-a-test"),
};

describe("backups", () => {
  let recorder: Recorder;
  beforeEach(async () => {
    recorder = await record();
  });
  const cronJob = (name: string) => recorder.the("kubernetes:batch/v1:CronJob", name).inputs as unknown as CronJob;
  const variables = (container: Container | undefined) =>
    Object.fromEntries(
      (container?.env ?? []).map(({ name, value, valueFrom }) => [name, value ?? valueFrom?.secretKeyRef?.key]),
    );

  it("are a CronJob each for MySQL, its binary logs, Redis and uploaded files, one run at a time", async () => {
    makeBackup({ kind: "volume", data: volume("backup") });
    await registered();
    for (const [name, schedule, command, label] of [
      ["mysql-backup", "17 2 * * *", "backup-full", "access-mysql"],
      ["mysql-logs-backup", "*/5 * * * *", "backup-logs", "access-mysql"],
      ["redis-backup", "47 * * * *", "backup", "access-redis"],
      ["web-backup", "52 * * * *", "backup", undefined],
    ] as const) {
      const { spec } = cronJob(name);
      expect(spec, name).to.deep.include({ schedule, timeZone: "Etc/UTC", concurrencyPolicy: "Forbid" });
      const pod = spec.jobTemplate.spec.template;
      expect(pod.spec.containers[0]?.command, name).to.deep.equal([command]);
      expect(pod.metadata.labels, name).to.deep.equal({
        name,
        ...(label === undefined ? {} : { [label]: "allowed" }),
      });
      expect(pod.spec.containers[0], name).to.deep.include({
        resources,
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      });
    }
  });

  it("lie in a directory of the node, where the pods then run", async () => {
    makeBackup({ kind: "volume", data: volume("backup") });
    await registered();
    const { spec } = cronJob("mysql-backup").spec.jobTemplate.spec.template;
    expect(spec.nodeSelector).to.deep.equal({ "kubernetes.io/hostname": "one" });
    expect(spec.volumes.find(({ name }) => name === "backup")?.hostPath?.path).to.equal("/on/node/backup");
    expect(spec.initContainers?.map(({ command }) => command)).to.deep.equal([["chown", "10001:10001", "/backup"]]);
    expect(variables(spec.containers[0])).to.deep.include({ RESTIC_REPOSITORY: "/backup" });
  });

  it("go to S3-compatible storage, with keys from a Secret", async () => {
    makeBackup(s3);
    await registered();
    const { metadata, spec } = cronJob("redis-backup").spec.jobTemplate.spec.template;
    expect(spec.initContainers).to.equal(undefined);
    expect(metadata.labels).to.include(accessTo(BACKUP_STORAGE));
    expect(variables(spec.containers[0])).to.deep.include({
      RESTIC_REPOSITORY: "s3:https://s3.example.org/bucket/k8s-web/prod",
      RESTIC_PASSWORD_FILE: "/run/secrets/backup/password",
      AWS_ACCESS_KEY_ID: "accessKey",
      AWS_SECRET_ACCESS_KEY: "secretKey",
    });
  });

  it("have their password as a file, and the former one too when it is given", async () => {
    for (const [former, files] of [
      [undefined, ["password"]],
      [pulumi.secret(FORMER), ["password", "formerPassword"]],
    ] as const) {
      recorder = await record();
      makeBackup(s3, former);
      await registered();
      const { volumes } = cronJob("mysql-backup").spec.jobTemplate.spec.template.spec;
      const items = volumes.find(({ name }) => name === "backup-password")?.secret?.items.map(({ key }) => key);
      expect(items).to.deep.equal(files);
    }
  });

  it("keep passwords and keys in a Secret only", async () => {
    makeBackup(s3, pulumi.secret(FORMER));
    await registered();
    for (const { type, name, inputs, secrets } of recorder.registrations) {
      const holds = [PASSWORD, FORMER, "access-of-a-test", "key-of-a-test"].some((secret) =>
        JSON.stringify(inputs).includes(secret),
      );
      expect(holds, `${type} ${name}`).to.equal(type === "kubernetes:core/v1:Secret");
      expect(secrets, `${type} ${name}`).to.deep.equal(holds ? ["stringData"] : []);
    }
  });

  it("are kept as restic is told", () => {
    expect(keepOptions({ daily: 7, weekly: 0, monthly: 12, logsDays: 7 })).to.equal(
      "--keep-daily 7 --keep-weekly 0 --keep-monthly 12",
    );
  });
});

describe("a restore", () => {
  const pod = (name: string) => ({ metadata: { name: `${name}-x`, labels: { name } } });

  it("is a Job for each volume, told what and up to when", async () => {
    const recorder = await record();
    const server = (name: string) => ({ image: `${name}@sha256:1`, data: volume(`${name}-master`), resources });
    new Restore("restore", {
      ...common,
      repository: repositoryOn({ kind: "volume", data: volume("backup") }).access,
      stack: "other",
      to: "2026-01-31T12:00:00Z",
      request: "r",
      mysql: server("mysql"),
      redis: server("redis"),
      web: server("web"),
    });
    await registered();
    for (const [part, path] of [
      ["mysql", "/var/lib/mysql"],
      ["redis", "/data"],
      ["web", "/usr/src/dabaweb"],
    ] as const) {
      const { spec } = recorder.the("kubernetes:batch/v1:Job", `${part}-restore`).inputs as unknown as {
        spec: { activeDeadlineSeconds: number; template: Pod };
      };
      expect(spec.activeDeadlineSeconds).to.equal(172_800);
      const { containers, initContainers } = spec.template.spec;
      expect(containers[0]?.command).to.deep.equal(["restore"]);
      expect(initContainers?.map(({ command }) => command)).to.deep.equal([["chown", "10001:10001", "/backup", path]]);
      const env = Object.fromEntries(containers[0]?.env.map(({ name, value }) => [name, value]) ?? []);
      expect(env).to.deep.include({ BACKUP_STACK: "other", RESTORE_TO: "2026-01-31T12:00:00Z", RESTORE_REQUEST: "r" });
    }
  });

  it("is refused where servers run, and says what to do", () => {
    expect(obstacle("ns", [])).to.equal(undefined);
    expect(obstacle("ns", [pod("mysql-restore"), { metadata: { name: "other" } }])).to.equal(undefined);
    for (const name of ["mysql-master", "mysql-slave", "redis-master", "redis-slave"]) {
      expect(obstacle("ns", [pod(name)])).to.match(
        new RegExp(`servers run in ns \\(${name}-x\\).*Nothing was changed. Next: `),
      );
    }
  });

  it("takes a moment in UTC, and nothing that could be read in two ways", () => {
    expect(parseOptions(["--stack", "s", "--to", "2026-01-31T12:00:00.123456Z", "--from", "ns"])).to.deep.equal({
      stack: "s",
      to: "2026-01-31T12:00:00.123456Z",
      from: "ns",
    });
    expect(parseOptions(["--help"])).to.equal(undefined);
    for (const to of [
      "2026-01-31T12:00:00",
      "2026-01-31 12:00:00Z",
      "yesterday",
      "2026-13-01T00:00:00Z",
      "2026-01-31T12:00:00+01:00",
    ]) {
      expect(() => parseOptions(["--stack", "s", "--to", to]), to).to.throw(`--to ${to}: a time in UTC is wanted`);
    }
    expect(() => parseOptions([])).to.throw("which stack?");
  });
});

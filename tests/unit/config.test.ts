import { expect } from "chai";

import { checkApplication, parseSettings, readCertificates } from "../../config";
import { leastSettings, rawSettings, secretKeys, testSecrets } from "./settings";

const backupSecrets = { backupPassword: "repository-of-a-test", mysqlBackupPassword: "account-of-a-test" };
const withBackup = (backup: object) => ({ backup: JSON.stringify(backup), ...backupSecrets });
const s3Keys = { backupAccessKey: "access-of-a-test", backupSecretKey: "key-of-a-test" };
const allSecretKeys = [...secretKeys, ...Object.keys(rawSettings({ ...backupSecrets, ...s3Keys }))];

const parse = (changes: Record<string, string> = {}, secrets: readonly string[] = allSecretKeys) =>
  parseSettings("k8s-web", "dev", rawSettings({ ...leastSettings, ...changes }), secrets);

const without = (key: string) =>
  rawSettings(Object.fromEntries(Object.entries(leastSettings).filter(([name]) => name !== key)));

const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";
const KEY = "-----BEGIN EC PRIVATE KEY-----\nMA==\n-----END EC PRIVATE KEY-----\n";

/** The lines of the refusal, without the headline. */
const refusal = (run: () => unknown): string[] => {
  try {
    run();
  } catch (error) {
    const [headline, ...lines] = (error as Error).message.split("\n");
    expect(headline).to.equal("The stack's configuration was refused, nothing was changed:");
    return lines;
  }
  throw new Error("the settings were taken");
};

describe("configuration", () => {
  it("has the seed's names, ports, counts and paths as defaults", () => {
    const { settings } = parse();
    expect(settings).to.deep.include({
      namespace: "k8s-web-dev",
      imageBuilder: "docker-build",
      hostsFrom: "env",
      hosts: ["127.0.0.1", "localhost"],
      nodePort: 30080,
      replicas: { mysqlSlave: 2, redisSlave: 2, web: 3 },
      hostPaths: {
        mysqlImport: "/root/k8s/mysql/mysql-master/database",
        mysqlData: "/root/k8s/mysql/mysql-master/data",
        redisData: "/root/k8s/redis/redis-master/data",
        web: "/root/k8s/web/web/dabaweb",
      },
      mysqlReplicationUser: "replication",
    });
  });

  it("has defaults that lose no acknowledged write", () => {
    expect(parse().settings).to.deep.include({
      storage: { kind: "hostPath", sizes: { mysql: "8Gi", redis: "1Gi", web: "1Gi" }, onDestroy: "keep" },
      allowDataMove: false,
      protect: false,
      masterRecovery: "complete",
      mysql: {
        maxLagSeconds: 30,
        semiSync: { slaves: 1, timeoutSeconds: 10 },
        binaryLogs: { expireSeconds: 259_200, maxMebibytes: 1024 },
      },
      redis: { appendfsync: "always", minSlavesToWrite: 1 },
    });
  });

  it("takes zero where it turns something off", () => {
    const { settings } = parse({ mysql: '{"semiSync":{"slaves":0}}', redis: '{"minSlavesToWrite":0}' });
    expect([settings.mysql.semiSync.slaves, settings.redis.minSlavesToWrite]).to.deep.equal([0, 0]);
  });

  it("fills in the rest of a structured setting that is set in part", () => {
    expect(parse({ replicas: '{"web":5}' }).settings.replicas).to.deep.equal({ mysqlSlave: 2, redisSlave: 2, web: 5 });
  });

  it("places all parts alike, but for what a part says itself", () => {
    const all = {
      nodeSelector: { pool: "small" },
      tolerations: [{ key: "spot", operator: "Exists" }],
      spread: { topologyKey: "topology.kubernetes.io/zone", required: true },
    };
    const mysql = { nodeSelector: { pool: "disks", "topology.kubernetes.io/zone": "a" }, tolerations: [] };
    const { placement } = parse({ placement: JSON.stringify({ all, mysql, web: { spread: {} } }) }).settings;
    expect(placement).to.deep.equal({ mysql: { ...all, ...mysql }, redis: all, web: { ...all, spread: {} } });
  });

  it("lets a node that has the directories be selected by its name too", () => {
    const storage = '{"node":"one"}';
    const placement = '{"all":{"nodeSelector":{"kubernetes.io/hostname":"one"}}}';
    expect(parse({ storage, placement }).settings.placement.web.nodeSelector).to.deep.equal({
      "kubernetes.io/hostname": "one",
    });
  });

  it("answers through an ingress under the names among the hosts, and on no port of the nodes", () => {
    const hosts = '["www.example.org","*.example.org","10.0.0.1","localhost"]';
    const { settings } = parse({ ingress: "{}", hosts });
    expect(settings.ingress).to.deep.equal({
      tlsSecret: "dabacluster-tls",
      hosts: ["www.example.org", "*.example.org"],
    });
    expect(settings.nodePort).to.equal(undefined);
    expect(parse({ ingress: "{}", hosts, nodePort: "30100" }).settings.nodePort).to.equal(30100);
  });

  it("trusts the proxy that it has, and as many as it is told", () => {
    expect(parse().settings.trustedProxies).to.equal(0);
    expect(parse({ ingress: "{}", hosts: '["www.example.org"]' }).settings.trustedProxies).to.equal(1);
    expect(
      parse({ ingress: "{}", hosts: '["www.example.org"]', trustedProxies: "2" }).settings.trustedProxies,
    ).to.equal(2);
  });

  it("has limits that nobody reaches by hand", () => {
    expect(parse({ limits: '{"signIns":5}' }).settings.limits).to.deep.equal({ signIns: 5, anonymousPosts: 120 });
  });

  it("puts an application of one's own in place of dabaweb", () => {
    expect(parse().settings.application).to.equal(undefined);
    const application = { folder: "../shop", settings: "shop.settings" };
    expect(parse({ application: JSON.stringify(application) }).settings.application).to.deep.equal({
      ...application,
      egress: [],
    });
    const egress = ["203.0.113.0/24", "2001:db8::/32"];
    expect(
      parse({ application: JSON.stringify({ ...application, egress }) }).settings.application?.egress,
    ).to.deep.equal(egress);
  });

  it("closes the network unless it is told not to", () => {
    expect(parse().settings.networkPolicies).to.equal(true);
    expect(parse({ networkPolicies: "false" }).settings.networkPolicies).to.equal(false);
  });

  it("keeps a text that looks like a number", () => {
    expect(parse({ namespace: "2026" }).settings.namespace).to.equal("2026");
  });

  it("hands the secrets over apart from the settings", () => {
    const { settings, secrets } = parse();
    expect(secrets).to.deep.equal({
      ...testSecrets,
      djangoFormerSecretKey: undefined,
      registryPassword: undefined,
      ingressKey: undefined,
      backupPassword: undefined,
      backupFormerPassword: undefined,
      mysqlBackupPassword: undefined,
      backupAccessKey: undefined,
      backupSecretKey: undefined,
    });
    expect(settings).not.to.have.any.keys(...Object.keys(secrets));
  });

  it("leaves other projects' and Pulumi's own keys alone", () => {
    const raw = { ...rawSettings(leastSettings), "pulumi:tags": "{}", "aws:region": "x" };
    expect(parseSettings("k8s-web", "dev", raw, secretKeys).settings.context).to.equal("test-context");
  });

  it("leaves the number of the web's pods to their load, where that is asked for", () => {
    expect(parse({ autoscaling: '{"web":{"min":2,"max":9}}' }).settings.replicas).to.deep.equal({
      mysqlSlave: 2,
      redisSlave: 2,
      web: { min: 2, max: 9, cpuPercent: 70 },
    });
  });

  it("takes priority classes of others in place of some", () => {
    expect(parse().settings.priority).to.deep.equal({});
    expect(parse({ priority: '{"databases":"gold"}' }).settings.priority).to.deep.equal({ databases: "gold" });
  });

  const refused: readonly (readonly [what: string, changes: Record<string, string>, line: string])[] = [
    ["a wrong type", { nodePort: "high" }, 'k8s-web:nodePort: "high"; allowed: a whole number from 30000 to 32767'],
    ["a fraction", { nodePort: "30080.5" }, "k8s-web:nodePort: 30080.5; allowed: a whole number from 30000 to 32767"],
    ["a node port below", { nodePort: "80" }, "k8s-web:nodePort: 80; allowed: a whole number from 30000 to 32767"],
    [
      "a node port above",
      { nodePort: "32768" },
      "k8s-web:nodePort: 32768; allowed: a whole number from 30000 to 32767",
    ],
    ["no replicas", { replicas: '{"web":0}' }, "k8s-web:replicas.web: 0; allowed: a whole number from 1 to 100"],
    [
      "negative replicas",
      { replicas: '{"mysqlSlave":-1}' },
      "k8s-web:replicas.mysqlSlave: -1; allowed: a whole number from 1 to 100",
    ],
    [
      "replicas as text",
      { replicas: '{"web":"3"}' },
      'k8s-web:replicas.web: "3"; allowed: a whole number from 1 to 100',
    ],
    [
      "a list for an object",
      { replicas: "[]" },
      "k8s-web:replicas: []; allowed: an object with the keys mysqlSlave, redisSlave, web",
    ],
    [
      "an unknown key inside",
      { replicas: '{"redis":2}' },
      "k8s-web:replicas.redis: unknown setting; allowed: mysqlSlave, redisSlave, web",
    ],
    [
      "a relative host path",
      { hostPaths: '{"web":"data/web"}' },
      'k8s-web:hostPaths.web: "data/web"; allowed: an absolute path below /, without . or ..',
    ],
    [
      "a host path that climbs",
      { hostPaths: '{"web":"/data/../etc"}' },
      'k8s-web:hostPaths.web: "/data/../etc"; allowed: an absolute path below /, without . or ..',
    ],
    [
      "the root as a host path",
      { hostPaths: '{"mysqlData":"/"}' },
      'k8s-web:hostPaths.mysqlData: "/"; allowed: an absolute path below /, without . or ..',
    ],
    [
      "an empty password",
      { redisPassword: "" },
      "k8s-web:redisPassword: [secret]; allowed: a secret of 8 to 256 characters on one line; " +
        "set it with: pulumi config set --secret k8s-web:redisPassword",
    ],
    [
      "a replication password that MySQL would cut",
      { mysqlReplicationPassword: "x".repeat(33) },
      "k8s-web:mysqlReplicationPassword: [secret]; allowed: a secret of 8 to 32 characters on one line; " +
        "set it with: pulumi config set --secret k8s-web:mysqlReplicationPassword",
    ],
    [
      "a key that is too short to sign with",
      { djangoSecretKey: "short" },
      "k8s-web:djangoSecretKey: [secret]; allowed: a secret of 32 to 256 characters on one line; " +
        "set it with: pulumi config set --secret k8s-web:djangoSecretKey",
    ],
    ["an unknown way to find hosts", { hostsFrom: "file" }, 'k8s-web:hostsFrom: "file"; allowed: env or dns'],
    [
      "an unknown builder of images",
      { imageBuilder: "kaniko" },
      'k8s-web:imageBuilder: "kaniko"; allowed: docker-build or docker',
    ],
    [
      "a namespace that Kubernetes refuses",
      { namespace: "Web" },
      'k8s-web:namespace: "Web"; allowed: a DNS label: at most 63 of a-z, 0-9 and -',
    ],
    ["no host", { hosts: "[]" }, "k8s-web:hosts: []; allowed: at least one host name"],
    [
      "a mirror without a scheme",
      { mirrors: '{"pip":"mirror.example"}' },
      'k8s-web:mirrors.pip: "mirror.example"; allowed: an http or https URL',
    ],
    [
      "a base image with a space",
      { baseImages: '{"redis":"redis 8"}' },
      'k8s-web:baseImages.redis: "redis 8"; allowed: an image reference such as mirror.example/library/redis:8',
    ],
    [
      "a quantity with an unknown unit",
      { resources: '{"redis":{"requests":{"cpu":"1","memory":"1MB"},"limits":{"cpu":"1","memory":"1Gi"}}}' },
      'k8s-web:resources.redis.requests.memory: "1MB"; allowed: a Kubernetes quantity such as 250m or 512Mi',
    ],
    ["an unknown storage", { storage: '{"kind":"nfs"}' }, 'k8s-web:storage.kind: "nfs"; allowed: hostPath or claim'],
    [
      "a node for claims",
      { storage: '{"kind":"claim","node":"one"}' },
      'k8s-web:storage.node: "one"; allowed: nothing with storage.kind claim: the claim\'s volume decides',
    ],
    [
      "a storage class for directories",
      { storage: '{"storageClass":"fast"}' },
      'k8s-web:storage.storageClass: "fast"; allowed: nothing with storage.kind hostPath',
    ],
    [
      "deletion of a node's directories",
      { storage: '{"onDestroy":"delete"}' },
      'k8s-web:storage.onDestroy: "delete"; allowed: keep with storage.kind hostPath',
    ],
    [
      "certificates that are due as soon as they are made",
      { certificates: '{"days":30}' },
      "k8s-web:certificates.renewDays: 90; allowed: fewer than certificates.days, 30",
    ],
    [
      "acknowledgements by more slaves than there are",
      { mysql: '{"semiSync":{"slaves":3}}' },
      "k8s-web:mysql.semiSync.slaves: 3; allowed: at most replicas.mysqlSlave, 2",
    ],
    [
      "writes that wait for more slaves than there are",
      { redis: '{"minSlavesToWrite":2}', replicas: '{"redisSlave":1}' },
      "k8s-web:redis.minSlavesToWrite: 2; allowed: at most replicas.redisSlave, 1",
    ],
    [
      "a least number of pods above the greatest",
      { autoscaling: '{"web":{"min":5,"max":4}}' },
      "k8s-web:autoscaling.web.min: 5; allowed: at most autoscaling.web.max, 4",
    ],
    [
      "a number of pods beside the load's",
      { autoscaling: '{"web":{"min":2,"max":4}}', replicas: '{"web":3}' },
      "k8s-web:replicas.web: 3; allowed: nothing with autoscaling.web: the load decides between its min and max",
    ],
    [
      "a load without a greatest number of pods",
      { autoscaling: '{"web":{"min":2}}' },
      "k8s-web:autoscaling.web.max: not set; allowed: a whole number from 1 to 100",
    ],
    [
      "an autoscaled part that can't be",
      { autoscaling: '{"mysqlSlave":{"min":2,"max":4}}' },
      "k8s-web:autoscaling.mysqlSlave: unknown setting; allowed: web",
    ],
    [
      "a name that no priority class has",
      { priority: '{"web":"Web Class"}' },
      'k8s-web:priority.web: "Web Class"; allowed: the name of a PriorityClass',
    ],
    [
      "a lag of nothing",
      { mysql: '{"maxLagSeconds":0}' },
      "k8s-web:mysql.maxLagSeconds: 0; allowed: a whole number from 1 to 3600",
    ],
    [
      "an unknown way to flush",
      { redis: '{"appendfsync":"no"}' },
      'k8s-web:redis.appendfsync: "no"; allowed: always or everysec',
    ],
    [
      "an unknown recovery",
      { masterRecovery: "force" },
      'k8s-web:masterRecovery: "force"; allowed: complete or available',
    ],
    [
      "a time for backups in words",
      withBackup({ schedule: "@daily" }),
      'k8s-web:backup.schedule: "@daily"; allowed: five fields of cron in numbers, in UTC, such as 17 2 * * *',
    ],
    [
      "backups of which none is kept",
      withBackup({ keep: { daily: 0 } }),
      "k8s-web:backup.keep.daily: 0; allowed: a whole number from 1 to 3660",
    ],
    [
      "S3 without a bucket",
      { ...withBackup({ storage: { kind: "s3", endpoint: "https://s3.example.org" } }), ...s3Keys },
      "k8s-web:backup.storage.bucket: not set; allowed: the name of a bucket, as backup.storage.kind is s3",
    ],
    [
      "a bucket for a volume",
      withBackup({ storage: { bucket: "backups" } }),
      'k8s-web:backup.storage.bucket: "backups"; allowed: nothing with backup.storage.kind volume',
    ],
    [
      "backups on a claim that goes with the stack",
      { ...withBackup({}), storage: '{"kind":"claim","onDestroy":"delete"}' },
      'k8s-web:backup.storage.kind: "volume"; allowed: s3 with storage.onDestroy delete, which would delete the claim with the backups too',
    ],
    [
      "a restore without backups",
      { restore: '{"request":"r"}' },
      "k8s-web:backup: not set; allowed: where the backups are, as restore is set",
    ],
    [
      "a restore to a time without a zone",
      { ...withBackup({}), restore: '{"request":"r","to":"2026-01-31T12:00:00"}' },
      'k8s-web:restore.to: "2026-01-31T12:00:00"; allowed: a time in UTC such as 2026-01-31T12:00:00Z',
    ],
    [
      "an unknown part to place",
      { placement: '{"nginx":{}}' },
      "k8s-web:placement.nginx: unknown setting; allowed: all, mysql, redis, web",
    ],
    [
      "a label without quotes that YAML takes for a number",
      { placement: '{"web":{"nodeSelector":{"generation":2}}}' },
      "k8s-web:placement.web.nodeSelector.generation: 2; allowed: the value of a label, a text of at most 63 of a-z, A-Z, 0-9, -, _ and .",
    ],
    [
      "a label that no node can have",
      { placement: '{"all":{"spread":{"topologyKey":"a zone"}}}' },
      'k8s-web:placement.all.spread.topologyKey: "a zone"; allowed: the key of a label such as topology.kubernetes.io/zone',
    ],
    [
      "a toleration of nothing",
      { placement: '{"all":{"tolerations":[{"effect":"NoSchedule"}]}}' },
      'k8s-web:placement.all.tolerations.0: {"effect":"NoSchedule"}; allowed: a key, or operator Exists for all taints',
    ],
    [
      "a toleration of any and of one value",
      { placement: '{"all":{"tolerations":[{"key":"spot","operator":"Exists","value":"1"}]}}' },
      'k8s-web:placement.all.tolerations.0: {"key":"spot","operator":"Exists","value":"1"}; allowed: no value with operator Exists',
    ],
    [
      "a time for what is never evicted",
      { placement: '{"all":{"tolerations":[{"key":"spot","effect":"NoSchedule","tolerationSeconds":5}]}}' },
      'k8s-web:placement.all.tolerations.0: {"key":"spot","effect":"NoSchedule","tolerationSeconds":5}; ' +
        "allowed: tolerationSeconds with effect NoExecute only",
    ],
    [
      "another node than that of the directories",
      { placement: '{"mysql":{"nodeSelector":{"kubernetes.io/hostname":"two"}}}', storage: '{"node":"one"}' },
      'k8s-web:placement.mysql.nodeSelector: {"kubernetes.io/hostname":"two"}; ' +
        "allowed: no kubernetes.io/hostname but that of storage.node, one",
    ],
    [
      "spreading what lies on one node",
      { placement: '{"web":{"spread":{"required":true}}}', storage: '{"node":"one"}' },
      "k8s-web:placement.web.spread.required: true; allowed: false with storage.node: all of the web's pods run there",
    ],
    [
      "a user of the registry without a password",
      { registryUsername: "ada" },
      "k8s-web:registryPassword: not set; allowed: a secret, as registryUsername is set; " +
        "set it with: pulumi config set --secret k8s-web:registryPassword",
    ],
    [
      "a user of the registry that Basic authentication would cut",
      { registryUsername: "ada:lovelace" },
      'k8s-web:registryUsername: "ada:lovelace"; allowed: a user name without spaces and colons',
    ],
    [
      "an ingress without a name to answer to",
      { ingress: "{}" },
      'k8s-web:hosts: ["127.0.0.1","localhost"]; allowed: at least one DNS name such as www.example.org, as ingress is set',
    ],
    [
      "a certificate without its key",
      { ingress: JSON.stringify({ certificate: CERTIFICATE }), hosts: '["www.example.org"]' },
      "k8s-web:ingressKey: not set; allowed: a secret, as ingress.certificate is set; " +
        "set it with: pulumi config set --secret k8s-web:ingressKey",
    ],
    [
      "a path for a certificate",
      { ingress: '{"certificate":"/etc/tls.crt"}', hosts: '["www.example.org"]' },
      'k8s-web:ingress.certificate: "/etc/tls.crt"; allowed: the PEM text of a certificate with its chain',
    ],
    [
      "what is no range of addresses",
      { application: '{"folder":"../shop","settings":"shop.settings","egress":["example.org"]}' },
      'k8s-web:application.egress.0: "example.org"; allowed: a range of addresses such as 203.0.113.0/24',
    ],
    [
      "an application without a settings module",
      { application: '{"folder":"../shop"}' },
      "k8s-web:application.settings: not set; allowed: a Python module such as shop.settings",
    ],
    [
      "a file for a settings module",
      { application: '{"folder":"../shop","settings":"shop/settings.py"}' },
      'k8s-web:application.settings: "shop/settings.py"; allowed: a Python module such as shop.settings',
    ],
    [
      "more proxies than there can be",
      { trustedProxies: "11" },
      "k8s-web:trustedProxies: 11; allowed: a whole number from 0 to 10",
    ],
    [
      "a limit that lets nobody in",
      { limits: '{"signIns":0}' },
      "k8s-web:limits.signIns: 0; allowed: a whole number from 1 to 99999",
    ],
    ["a word for yes", { protect: "yes" }, 'k8s-web:protect: "yes"; allowed: true or false'],
    [
      "an account that needs quoting",
      { mysqlReplicationUser: "o'brien" },
      `k8s-web:mysqlReplicationUser: "o'brien"; allowed: 1 to 32 of a-z, 0-9 and _, a letter first`,
    ],
  ];
  for (const [what, changes, line] of refused) {
    it(`refuses ${what}`, () => {
      expect(refusal(() => parse(changes))).to.deep.equal([line]);
    });
  }

  it("refuses an unknown key and names the known ones", () => {
    const [line] = refusal(() => parse({ nodeport: "30080" }));
    expect(line).to.match(/^k8s-web:nodeport: unknown setting; allowed: context, kubeconfig, .*nodePort/);
  });

  for (const key of ["context", "registry"]) {
    it(`refuses a stack without ${key}`, () => {
      const lines = refusal(() => parseSettings("k8s-web", "dev", without(key), secretKeys));
      expect(lines).to.have.length(1);
      expect(lines[0]).to.match(new RegExp(`^k8s-web:${key}: not set; allowed: `));
    });
  }

  for (const key of Object.keys(testSecrets)) {
    it(`refuses ${key} in plain text, without showing it`, () => {
      const encrypted = secretKeys.filter((name) => name !== `k8s-web:${key}`);
      expect(refusal(() => parse({}, encrypted))).to.deep.equal([
        `k8s-web:${key}: in plain text; allowed: an encrypted value; set it with: pulumi config set --secret k8s-web:${key}`,
      ]);
    });

    it(`refuses a stack without ${key}`, () => {
      const lines = refusal(() => parseSettings("k8s-web", "dev", without(key), secretKeys));
      expect(lines).to.have.length(1);
      expect(lines[0]).to.match(new RegExp(`^k8s-web:${key}: not set; .*pulumi config set --secret k8s-web:${key}$`));
    });
  }

  it("refuses a password of the registry without a user", () => {
    const encrypted = [...secretKeys, "k8s-web:registryPassword"];
    expect(refusal(() => parse({ registryPassword: "token" }, encrypted))).to.deep.equal([
      "k8s-web:registryUsername: not set; allowed: a user name, as registryPassword is set",
    ]);
  });

  it("refuses the key of no certificate, without showing it", () => {
    const encrypted = [...secretKeys, "k8s-web:ingressKey"];
    const changes = { ingress: "{}", hosts: '["www.example.org"]', ingressKey: KEY };
    expect(refusal(() => parse(changes, encrypted))).to.deep.equal([
      "k8s-web:ingress.certificate: not set; allowed: the certificate of the key, as ingressKey is set",
    ]);
  });

  it("refuses what is no key, without showing it", () => {
    const encrypted = [...secretKeys, "k8s-web:ingressKey"];
    const changes = { ingress: "{}", hosts: '["www.example.org"]', ingressKey: "not a key" };
    expect(refusal(() => parse(changes, encrypted))).to.deep.equal([
      "k8s-web:ingressKey: [secret]; allowed: the PEM text of a private key; " +
        "set it with: pulumi config set --secret k8s-web:ingressKey",
    ]);
  });

  it("refuses certificates that can't be read", () => {
    expect(refusal(() => readCertificates("k8s-web", "/nowhere/ca.pem"))).to.deep.equal([
      'k8s-web:caCertificate: "/nowhere/ca.pem"; allowed: a PEM file that can be read (ENOENT)',
    ]);
  });

  it("refuses a folder that is no Django project", () => {
    expect(
      refusal(() => {
        checkApplication("k8s-web", "docker");
      }),
    ).to.deep.equal(['k8s-web:application.folder: "docker"; allowed: the path of a folder with a manage.py']);
    checkApplication("k8s-web", "docker/dabaweb");
    checkApplication("k8s-web", undefined);
  });

  it("names every bad value at once", () => {
    expect(refusal(() => parse({ nodePort: "1", hostsFrom: "x" }))).to.have.length(2);
  });
});

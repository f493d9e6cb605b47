import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import { stringify } from "yaml";

import { cluster } from "../support/cluster";
import { run, succeed } from "../support/run";
import { testStack } from "../support/stack";
import { fingerprint, mysql, onlyPod } from "./support/cluster";
import { dataRoot, hostPaths, pulumi, up } from "./support/stack";

describe("directories of the node", () => {
  const elsewhere = { hostPaths: { ...hostPaths, mysqlData: path.join(dataRoot, "elsewhere") } };

  it("are not exchanged by mistake: preview and up stop, with a message that says what to do", async () => {
    const objects = await fingerprint();
    for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      const { code, output } = await pulumi(command, elsewhere);
      expect(code, output).not.to.equal(0);
      expect(output).to.include(`The data of mysql-master lies in: hostPath ${hostPaths.mysqlData}.`);
      expect(output).to.include("pulumi config set allowDataMove true");
    }
    expect(await fingerprint()).to.deep.equal(objects);
  });

  it("can be exchanged on purpose: an empty one is filled from the slaves, and so is an old one", async () => {
    const create = "CREATE TABLE IF NOT EXISTS form.moved (id INT PRIMARY KEY)";
    await mysql(await onlyPod("mysql-master"), `${create}; REPLACE INTO form.moved VALUES (1)`);
    await up({ ...elsewhere, allowDataMove: true });
    const rows = async () => mysql(await onlyPod("mysql-master"), "SELECT id FROM form.moved ORDER BY id");
    expect(await rows()).to.deep.equal([["1"]]);

    await mysql(await onlyPod("mysql-master"), "INSERT INTO form.moved VALUES (2)");
    await up({ allowDataMove: true });
    expect(await rows()).to.deep.equal([["1"], ["2"]]);
    await mysql(await onlyPod("mysql-master"), "DROP TABLE form.moved");
  });
});

describe("claims", () => {
  const CLASS = "k8s-web-test-claims";
  const small = { requests: { cpu: "20m", memory: "64Mi" }, limits: { cpu: "2", memory: "1Gi" } };
  const stack = testStack({
    name: "claims",
    nodePort: 30094,
    settings: {
      storage: { kind: "claim", storageClass: CLASS },
      replicas: { mysqlSlave: 1, redisSlave: 1, web: 1 },
      resources: { mysql: small, redis: small, web: small, nginx: small },
    },
  });
  const inside = cluster(stack.namespace);
  const volumes = path.join(path.dirname(stack.dataRoot), `${CLASS}-volumes`);
  const names = ["mysql-master", "redis-master", "dabaweb"];

  /** A volume for each claim; a cluster with a provisioner makes them by itself. */
  const makeVolumes = async () => {
    const [node] = (await succeed("kubectl", ["get", "nodes", "-o", "name"])).trim().split("\n");
    const manifests = names.map((name) => {
      mkdirSync(path.join(volumes, name), { recursive: true });
      const selected = { key: "kubernetes.io/hostname", operator: "In", values: [node?.replace("node/", "")] };
      return stringify({
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name: `${CLASS}-${name}` },
        spec: {
          capacity: { storage: "8Gi" },
          accessModes: [name === "dabaweb" ? "ReadWriteMany" : "ReadWriteOnce"],
          storageClassName: CLASS,
          claimRef: { namespace: stack.namespace, name },
          local: { path: path.join(volumes, name) },
          nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [selected] }] } },
        },
      });
    });
    await succeed("kubectl", ["apply", "-f", "-"], { input: manifests.join("---\n") });
  };

  /** Names of the claims that there are. */
  const claims = async (): Promise<string[]> =>
    (await succeed("kubectl", ["-n", stack.namespace, "get", "pvc", "-o", "name"]))
      .trim()
      .split("\n")
      .map((name) => name.replace("persistentvolumeclaim/", ""));

  const removeAll = async () => {
    // A run that was killed may have left them protected.
    await run("pulumi", ["--non-interactive", "state", "unprotect", "--all", "--yes", "--stack", "claims"]);
    await stack.remove();
    await succeed("kubectl", ["delete", "namespace", stack.namespace, "--ignore-not-found"]);
    await run("kubectl", ["delete", "pv", ...names.map((name) => `${CLASS}-${name}`), "--ignore-not-found"]);
    rmSync(volumes, { recursive: true, force: true });
  };

  before(async () => {
    await removeAll();
    await makeVolumes();
    await stack.init();
  });
  after(removeAll);

  it("hold the data, outlive a destroy, and are taken over by the next up", async () => {
    await stack.up();
    await inside.mysql(await inside.onlyPod("mysql-master"), "CREATE TABLE form.kept (id INT PRIMARY KEY)");
    await inside.redis(await inside.onlyPod("redis-master"), "SET", "kept", "1");
    await stack.destroy();
    expect(await claims()).to.have.members(names);
    await stack.up();
    expect(
      await inside.mysql(await inside.onlyPod("mysql-master"), "SHOW TABLES FROM form LIKE 'kept'"),
    ).to.have.length(1);
    expect(await inside.redis(await inside.onlyPod("redis-master"), "GET", "kept")).to.equal("1");
  });

  it("are not exchanged for others by mistake", async () => {
    const { code, output } = await stack.pulumi(["preview"], { storage: { kind: "claim", storageClass: "other" } });
    expect(code, output).not.to.equal(0);
    expect(output).to.include(`The data of mysql-master lies in: claim of storage class ${CLASS}.`);
  });

  it("are protected on request", async () => {
    await stack.up({ protect: true });
    const { code, output } = await stack.pulumi(["destroy", "--yes", "--skip-preview"], { protect: true });
    expect(code, output).not.to.equal(0);
    expect(output).to.match(/because it is protected/);
    expect(await claims()).to.have.members(names);
    await stack.up();
    const kept = await inside.mysql(await inside.onlyPod("mysql-master"), "SHOW TABLES FROM form LIKE 'kept'");
    expect(kept).to.have.length(1);
  });
});

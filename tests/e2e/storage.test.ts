import path from "node:path";

import { expect } from "chai";
import { fingerprint, mysql, onlyPod } from "./support/cluster";
import { CLAIMS } from "../support/claims";
import * as second from "./support/second";
import { inside } from "./support/second";
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
  const claims = async (): Promise<string[]> =>
    (await inside.kubectl(["get", "pvc", "-o", "name"]))
      .trim()
      .split("\n")
      .map((name) => name.replace("persistentvolumeclaim/", ""));
  const kept = async () => inside.mysql(await inside.onlyPod("mysql-master"), "SHOW TABLES FROM form LIKE 'kept'");

  before(second.prepare);

  it("hold the data, outlive a destroy, and are taken over by the next up", async () => {
    await second.up();
    await inside.mysql(await inside.onlyPod("mysql-master"), "CREATE TABLE form.kept (id INT PRIMARY KEY)");
    await inside.redis(await inside.onlyPod("redis-master"), "SET", "kept", "1");
    await second.destroy();
    expect(await claims()).to.have.members(CLAIMS);
    await second.up();
    expect(await kept()).to.have.length(1);
    expect(await inside.redis(await inside.onlyPod("redis-master"), "GET", "kept")).to.equal("1");
  });

  it("are not exchanged for others by mistake", async () => {
    const { code, output } = await second.pulumi(["preview"], { storage: { kind: "claim", storageClass: "other" } });
    expect(code, output).not.to.equal(0);
    // Pulumi stops at the first of them.
    expect(output).to.match(
      new RegExp(`The data of (${CLAIMS.join("|")}) lies in: claim of storage class ${second.CLASS}\\.`),
    );
  });

  it("are protected on request", async () => {
    await second.up({ protect: true });
    const { code, output } = await second.pulumi(["destroy", "--yes", "--skip-preview"], { protect: true });
    expect(code, output).not.to.equal(0);
    expect(output).to.match(/because it is protected/);
    expect(await claims()).to.have.members(CLAIMS);
    await second.up();
    expect(await kept()).to.have.length(1);
  });
});

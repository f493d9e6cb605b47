import path from "node:path";

import { expect } from "chai";
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

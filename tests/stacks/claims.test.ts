import { expect } from "chai";
import { CLAIMS } from "../support/claims";
import * as second from "./support/second";
import { inside } from "./support/second";

describe("claims", () => {
  const claims = async (): Promise<string[]> =>
    (await inside.kubectl(["get", "pvc", "-o", "name"]))
      .trim()
      .split("\n")
      .map((name) => name.replace("persistentvolumeclaim/", ""));
  const kept = async () => inside.mysql(await inside.onlyPod("mysql-master"), "SHOW TABLES FROM form LIKE 'kept'");

  before(async () => {
    await second.prepare();
    await second.up();
    await inside.mysql(await inside.onlyPod("mysql-master"), "CREATE TABLE form.kept (id INT PRIMARY KEY)");
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

import { expect } from "chai";

import { CLAIMS } from "../support/claims";
import { eventually, succeed } from "../support/run";
import { inside, killed, namespace, page, prepare, pulumi, recover, remove, up } from "./support/second";

/** Longest time, in seconds, until a command is half-way. */
const HALF_WAY_SECONDS = 300;
/** Kinds that the stack makes. */
const KINDS =
  "replicationcontrollers,services,secrets,jobs,configmaps,ingresses,networkpolicies,persistentvolumeclaims,poddisruptionbudgets";

/** The stack's objects, as kind and the name's beginning; what Kubernetes puts into each namespace by itself is left out. */
const objects = async (): Promise<string[]> => {
  const listed = await inside.kubectl(["get", KINDS, "--ignore-not-found", "-o", "name"]);
  return listed
    .split("\n")
    .filter((name) => name !== "" && !name.endsWith("/kube-root-ca.crt"))
    .map((name) => name.replace(/-[0-9a-z]{8}$/, ""))
    .sort();
};

const has = async (name: string) => {
  expect(await objects()).to.include(name);
};
const hasNot = async (name: string) => {
  expect(await objects()).to.not.include(name);
};

/** The same run again says what to do; after that it goes through. */
const locked = async (args: readonly string[]) => {
  const { code, output } = await pulumi(args);
  expect(code, output).not.to.equal(0);
  expect(output).to.match(/currently locked by 1 lock/);
};

describe("an update and a destroy that were killed", () => {
  let whole: string[];

  before(async () => {
    await prepare();
    await up();
    whole = await objects();
    await inside.mysql(
      await inside.onlyPod("mysql-master"),
      "CREATE TABLE IF NOT EXISTS form.kept (id INT PRIMARY KEY)",
    );
    await inside.redis(await inside.onlyPod("redis-master"), "SET", "kept", "1");
  });

  it("are not taken up while the process that has the lock lives", async () => {
    const args = ["destroy", "--yes", "--skip-preview"];
    await killed(HALF_WAY_SECONDS, args, async () => {
      await hasNot("ingress.networking.k8s.io/dabacluster");
      const refused = await recover().catch((error: unknown) => (error as Error).message);
      expect(refused).to.match(/is locked by process \d+ of .*, which may still be at work\. Next: wait/);
    });
  });

  it("are taken up: a destroy goes on, and leaves the claims only", async () => {
    await locked(["destroy", "--yes", "--skip-preview"]);
    expect(await recover()).to.match(/The lock of process \d+, which is no more, is removed/);
    const { code, output } = await pulumi(["destroy", "--yes", "--skip-preview"]);
    expect(code, output).to.equal(0);
    const claims = whole.filter((name) => name.startsWith("persistentvolumeclaim/"));
    expect(claims).to.have.length(CLAIMS.length);
    expect(await objects()).to.deep.equal(claims);
  });

  it("are taken up: an update goes on with what it had begun, nothing is there twice, and the claims' data is served", async () => {
    // While a server starts, and the provider waits for it.
    await killed(HALF_WAY_SECONDS, ["up", "--yes", "--skip-preview"], () => has("replicationcontroller/mysql-slave"));
    await locked(["up", "--yes", "--skip-preview"]);
    expect(await recover()).to.match(
      /ReplicationController .*\/mysql-slave-\w+: is there; removed, and will be made anew/,
    );
    await up();
    expect(await objects()).to.deep.equal(whole);
    const { code, output } = await pulumi(["preview", "--refresh", "--expect-no-changes"]);
    expect(code, output).to.equal(0);
    const kept = await inside.mysql(await inside.onlyPod("mysql-master"), "SHOW TABLES FROM form LIKE 'kept'");
    expect(kept).to.have.length(1);
    expect(await inside.redis(await inside.onlyPod("redis-master"), "GET", "kept")).to.equal("1");
    expect((await page()).status).to.equal(200);
  });

  it("leave nothing of their own to take up afterwards", async () => {
    expect(await recover()).to.equal("");
  });

  it("are no hindrance to a removal: in the end nothing is there", async () => {
    await remove();
    await eventually(60, async () => {
      expect(await succeed("kubectl", ["get", "namespace", namespace, "--ignore-not-found"])).to.equal("");
    });
    expect(await succeed("kubectl", ["get", "pv,priorityclasses", "-o", "name"])).to.not.include(namespace);
  });
});

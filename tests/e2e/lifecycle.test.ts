import { expect } from "chai";

import { deletePod, fingerprint, mysql, onlyPod, readyPods, redis } from "./support/cluster";
import { eventually, succeed } from "../support/run";
import { destroy, NAMESPACE, pulumi, preview, up, URL } from "./support/stack";

const PARTS: readonly (readonly [name: string, pods: number])[] = [
  ["redis-master", 1],
  ["redis-slave", 2],
  ["mysql-master", 1],
  ["mysql-slave", 2],
  ["dabacluster", 3],
];
/** Longest time, in seconds, until a deleted pod's successor is ready. */
const BACK_SECONDS = 120;

const allReady = () =>
  eventually(BACK_SECONDS, async () => {
    for (const [name, pods] of PARTS) {
      expect(await readyPods(name), name).to.have.length(pods);
    }
  });

/** Proves on every server that what was written before is still there. */
async function expectData(mark: string): Promise<void> {
  await eventually(60, async () => {
    for (const pod of [await onlyPod("mysql-master"), ...(await readyPods("mysql-slave"))]) {
      const rows = await mysql(pod, "SELECT mark FROM form.kept ORDER BY id DESC LIMIT 1");
      expect(rows, pod.metadata.name).to.deep.equal([[mark]]);
    }
    for (const pod of [await onlyPod("redis-master"), ...(await readyPods("redis-slave"))]) {
      expect(await redis(pod, "GET", "kept"), pod.metadata.name).to.equal(mark);
    }
  });
}

async function write(mark: string): Promise<void> {
  const create = "CREATE TABLE IF NOT EXISTS form.kept (id INT AUTO_INCREMENT PRIMARY KEY, mark VARCHAR(50))";
  await mysql(await onlyPod("mysql-master"), `${create}; INSERT INTO form.kept (mark) VALUES ('${mark}')`);
  const master = await onlyPod("redis-master");
  await redis(master, "SET", "kept", mark);
  // What counts as acknowledged here: written to the append-only file, not only to memory.
  expect(await redis(master, "WAITAOF", "1", "0", "5000")).to.match(/^1\n/);
}

describe("the life of a stack", () => {
  it("has every part ready", allReady);

  it("changes nothing on a second up", async () => {
    const before = await fingerprint();
    const { code, output } = await pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
    expect(code, output).to.equal(0);
    expect(await fingerprint()).to.deep.equal(before);
  });

  it("finds nothing to do in a preview, refreshed or not", async () => {
    expect(Object.keys(await preview())).to.deep.equal(["same"]);
    const { code, output } = await pulumi(["preview", "--refresh", "--expect-no-changes"]);
    expect(code, output).to.equal(0);
  });

  it("touches nothing in a preview of a change", async () => {
    const before = await fingerprint();
    const summary = await preview({ replicas: { web: 4 } });
    expect(summary["update"]).to.be.greaterThan(0);
    expect(await fingerprint()).to.deep.equal(before);
  });

  it("keeps all data when a pod of each part is deleted, one at a time", async () => {
    for (const [name] of PARTS) {
      for (const pod of (await readyPods(name)).slice(0, 1)) {
        const mark = `before ${pod.metadata.name}`;
        await write(mark);
        await deletePod(pod);
        await allReady();
        await expectData(mark);
      }
    }
  });

  it("is gone after a destroy, and finds its data when it comes back", async () => {
    await write("before destroy");
    await destroy();
    const clusterWide = ["get", "validatingadmissionpolicies,validatingadmissionpolicybindings", "-o", "name"];
    expect(await succeed("kubectl", clusterWide)).not.to.include(NAMESPACE);
    expect(await succeed("kubectl", ["get", "namespace", NAMESPACE, "--ignore-not-found"])).to.equal("");
    await up();
    await allReady();
    await expectData("before destroy");
    expect((await fetch(URL)).status).to.equal(200);
  });
});

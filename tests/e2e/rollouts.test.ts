import { expect } from "chai";

import { percentile } from "../../bench/figures";
import { deletePod, readyPods } from "./support/cluster";
import { missing } from "./support/entries";
import { eventually, succeed } from "../support/run";
import { visit } from "../support/visitors";
import { NAMESPACE, pulumi, SETTINGS, up, URL } from "./support/stack";

const VISITORS = 50;
/** Pages that they read before a change, and after it. */
const PAGES = 200;
/** Longest time, in seconds, for as many pages, and until pods are ready. */
const PATIENCE_SECONDS = 120;

/** Another template for the web's pods and for those of MySQL's slaves; the masters' stays as it is. */
const CHANGED = {
  hosts: ["127.0.0.1", "localhost", "changed.example"],
  mysql: { ...SETTINGS.mysql, maxLagSeconds: 20 },
};
/** nginx does not come up in as little memory, so no pod of the web's is ready for a moment; the migration before them passes. */
const BROKEN = {
  readyTimeout: 30,
  resources: {
    nginx: { requests: { cpu: "10m", memory: "2Mi" }, limits: { cpu: "1", memory: "2Mi" } },
  },
};

const names = async (...parts: string[]): Promise<string[]> =>
  (await Promise.all(parts.map(readyPods))).flat().map(({ metadata }) => metadata.name);

const controllers = async (part: string): Promise<string[]> => {
  const listed = await succeed("kubectl", ["-n", NAMESPACE, "get", "rc", "-l", `name=${part}`, "-o", "name"]);
  return listed.trim().split("\n");
};

/**
 * Makes a change while people visit the site; fails unless each of them got each answer, from all pods that were there before
 * and after it, and unless each entry that was acknowledged is there.
 */
async function unnoticed(change: () => Promise<void>): Promise<void> {
  const { seen, leave } = visit(URL, VISITORS);
  const morePages = async () => {
    const enough = seen.pages + PAGES;
    await eventually(PATIENCE_SECONDS, () => {
      expect(seen.pages, seen.failures.join("\n")).to.be.at.least(enough);
      return Promise.resolve();
    });
  };
  const served = async (pods: readonly string[]) => {
    await eventually(PATIENCE_SECONDS, () => {
      expect([...seen.pods]).to.include.members([...pods]);
      return Promise.resolve();
    });
  };
  try {
    await morePages();
    await served(await names("dabacluster"));
    await change();
    await morePages();
    await served(await names("dabacluster"));
  } finally {
    await leave();
  }
  console.log(
    `      ${seen.pages} pages and ${seen.written.length} entries, ${seen.failed} failed, slowest ${percentile(seen.waits, 100) ?? 0} ms`,
  );
  expect(seen.failures, `${seen.failed} requests failed`).to.deep.equal([]);
  expect(seen.written).to.not.be.empty;
  expect(await missing(seen.written), "acknowledged, but not there").to.deep.equal([]);
}

describe(`changes under the eyes of ${VISITORS} visitors`, () => {
  it("updates", () =>
    unnoticed(async () => {
      const before = await names("dabacluster", "mysql-slave");
      await up(CHANGED);
      const after = await names("dabacluster", "mysql-slave");
      expect(after).to.have.length(before.length);
      expect(after.filter((name) => before.includes(name))).to.deep.equal([]);
    }));

  it("rolls back", () =>
    unnoticed(async () => {
      await up();
    }));

  it("scales up and down, and leaves the pods alone that stay", () =>
    unnoticed(async () => {
      const parts = ["dabacluster", "mysql-slave", "redis-slave"];
      const before = await names(...parts);
      await up({ replicas: { web: 4, mysqlSlave: 3, redisSlave: 3 } });
      const more = await names(...parts);
      expect(more).to.have.length(10).and.include.members(before);
      await up();
      await eventually(PATIENCE_SECONDS, async () => {
        const after = await names(...parts);
        expect(after).to.have.length(7);
        expect(more).to.include.members(after);
      });
    }));

  it("has other pods in place of deleted ones", () =>
    unnoticed(async () => {
      for (const part of ["dabacluster", "mysql-slave", "redis-slave"]) {
        const pods = await readyPods(part);
        for (const pod of pods.slice(0, 1)) {
          await deletePod(pod);
        }
        await eventually(PATIENCE_SECONDS, async () => {
          expect(await readyPods(part), part).to.have.length(pods.length);
        });
      }
    }));

  it("keeps serving from the old pods when an update fails, and says why", () =>
    unnoticed(async () => {
      const [before] = await controllers("dabacluster");
      const pods = await names("dabacluster");
      const { code, output } = await pulumi(["up", "--yes", "--skip-preview"], BROKEN);
      expect(code, output).to.not.equal(0);
      expect(output).to.contain('container "dabanginx"').and.contain("0 of 3 replicas are available");
      expect(await names("dabacluster")).to.have.members(pods);
      expect(await controllers("dabacluster"))
        .to.have.length(2)
        .and.include(before);
    }));

  it("is mended by the next update, which removes the failed pods", () =>
    unnoticed(async () => {
      await up();
      expect(await controllers("dabacluster")).to.have.length(1);
    }));
});

import { existsSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";

import { empty } from "../../support/node";
import { eventually } from "../../support/run";
import { Drill, mended, Scene } from "../drill";
import { withFullDisk } from "../faults/disk";
import { kill, withoutNetwork } from "../faults/node";
import { aSlave, deleteAndReadLog, logFrom, logged, logOf } from "../faults/pods";
import { median } from "../results";
import { deletePod, exec, mysql, onlyPod, readyPods, stack } from "../stack";

/** Bar: longest median, in seconds, until writes are back after the master's pod was deleted. */
const BACK_SECONDS = 20;
const DELETIONS = 5;

const CRASH_RECOVERY = /crash recovery|not shut ?down normally/i;

const master = () => onlyPod("mysql-master");
const slave = () => aSlave("mysql-slave");
const dataFile = path.join(stack.hostPaths.mysqlData, "data/ibdata1");

/** Waits until no write was acknowledged for some seconds. */
const writesStand = (scene: Scene, seconds: number): Promise<void> =>
  eventually(60, () => {
    expect(scene.mysql.writer.trace.total(Date.now() - seconds * 1000, Date.now())).to.equal(0);
    return Promise.resolve();
  });

async function deleteMasterFiveTimes(scene: Scene): Promise<void> {
  const gaps: number[] = [];
  for (let deletion = 1; deletion <= DELETIONS; deletion++) {
    const from = Date.now();
    const log = await deleteAndReadLog(await master());
    expect(log, "log of the deleted master").to.match(/mysqld: Shutdown complete/);
    await mended(scene.mysql);
    gaps.push(scene.mysql.writer.trace.longestGap(from, Date.now()));
    expect(await logOf(await master()), "log of the master after a clean end").not.to.match(CRASH_RECOVERY);
    scene.say(`deletion ${deletion} of ${DELETIONS}: ${gaps.at(-1)?.toFixed(1)} s without writes`);
  }
  scene.note(`writes back: median ${median(gaps).toFixed(1)} s of ${DELETIONS}`);
  expect(median(gaps), "median of seconds without writes").to.be.at.most(BACK_SECONDS);
}

async function extraTransaction(): Promise<void> {
  const pod = await slave();
  const log = await logFrom(pod);
  const stray = `
    SET GLOBAL super_read_only = 0;
    INSERT INTO form.ledger VALUES (-1, 'stray');
    SET GLOBAL super_read_only = 1;
    SELECT CONCAT(@@server_uuid, ':1');
    STOP REPLICA IO_THREAD;`;
  const [[transaction] = []] = await mysql(pod, stray);
  await logged(log, new RegExp(`rebuilding this slave: .*${transaction}`), 30);
}

async function purgedLogs(): Promise<void> {
  const pod = await slave();
  const log = await logFrom(pod);
  await withoutNetwork(pod, async () => {
    const [[executed = ""] = []] = await mysql(pod, "SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')");
    // A log that a dump thread still reads is not purged, and the one to the slave that is away hangs.
    const dump = `
      SELECT CONCAT('KILL ', ID, ';') FROM information_schema.processlist
      WHERE COMMAND LIKE 'Binlog Dump%' AND HOST LIKE '${pod.status.podIP}:%'`;
    await eventually(60, async () => {
      await mysql(await master(), (await mysql(await master(), dump)).flat().join(" "));
      await mysql(await master(), "FLUSH BINARY LOGS");
      const [[last] = []] = (await mysql(await master(), "SHOW BINARY LOGS")).slice(-1);
      await mysql(await master(), `PURGE BINARY LOGS TO '${last}'`);
      const [[has] = []] = await mysql(await master(), `SELECT GTID_SUBSET(@@GLOBAL.gtid_purged, '${executed}')`);
      expect(has, "whether the slave has all that was purged").to.equal("0");
    });
  });
  await logged(log, /rebuilding this slave: the master has purged/, 60);
}

async function networkCut(): Promise<void> {
  const pod = await slave();
  const log = await logFrom(pod);
  await withoutNetwork(pod, async () => {
    await logged(log, /no longer following the master/, 60);
    await eventually(60, async () => {
      const names = (await readyPods("mysql-slave")).map(({ metadata }) => metadata.name);
      expect(names, "slaves in the read Service").not.to.include(pod.metadata.name);
    });
  });
  await logged(log, /no longer following the master[^]* entrypoint: following the master/, 60);
  expect(await log(), "log of a slave that has all its data").not.to.match(/rebuilding/);
}

async function slaveClones(scene: Scene): Promise<void> {
  const { trace } = scene.mysql.writer;
  const from = Date.now();
  const before = trace.perSecond(from - 3000, from);
  await deletePod(await slave());
  await mended(scene.mysql);
  scene.note(`${before.toFixed(0)}/s before, ${trace.perSecond(from, Date.now()).toFixed(0)}/s during the clone`);
}

async function diskFull(scene: Scene): Promise<void> {
  await withFullDisk(path.dirname(path.dirname(path.dirname(stack.hostPaths.mysqlData))), () => writesStand(scene, 5));
}

export const mysqlDrills: readonly Drill[] = [
  {
    name: "kill -9 of the master's mysqld",
    load: ["mysql"],
    fault: async () => {
      const pod = await master();
      const log = await logFrom(pod);
      kill(pod, "mysqld");
      // Also the proof that the clean ends below are told from others.
      await logged(log, CRASH_RECOVERY, 60);
    },
  },
  { name: `master's pod deleted, ${DELETIONS} times`, load: ["mysql"], fault: deleteMasterFiveTimes },
  {
    name: "master's directory lost, and its pod deleted",
    load: ["mysql"],
    fault: async () => {
      const pod = await master();
      empty(stack.hostPaths.mysqlData);
      await deletePod(pod);
    },
  },
  {
    name: "master's directory lost under the running server",
    load: ["mysql"],
    fault: async () => {
      empty(stack.hostPaths.mysqlData);
      await eventually(120, () => {
        expect(existsSync(dataFile), dataFile).to.equal(true);
        return Promise.resolve();
      });
    },
  },
  {
    name: "kill -9 of a slave's mysqld",
    load: ["mysql"],
    fault: async () => {
      kill(await slave(), "mysqld");
    },
  },
  {
    name: "a slave's data wiped",
    load: ["mysql"],
    fault: async () => {
      const pod = await slave();
      const log = await logFrom(pod);
      await exec(pod, ["sh", "-c", "rm -rf /var/lib/mysql/*"]);
      kill(pod, "mysqld");
      await logged(log, /entrypoint: cloned \d+ MiB/, 60);
    },
  },
  { name: "a slave with an extra transaction", load: ["mysql"], fault: extraTransaction },
  { name: "binary logs purged while a slave was away", load: ["mysql"], fault: purgedLogs },
  { name: "a slave's network cut and healed", load: ["mysql"], fault: networkCut },
  { name: "a slave clones while the master takes writes", load: ["mysql"], fault: slaveClones },
  { name: "the master's disk full, and freed", load: ["mysql"], fault: diskFull },
  {
    name: "kill -9 of the master's and a slave's mysqld at once",
    load: ["mysql"],
    fault: async () => {
      const [first, second] = [await master(), await slave()];
      kill(first, "mysqld");
      kill(second, "mysqld");
    },
  },
];

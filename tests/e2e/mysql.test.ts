import { writeFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";

import { exec, mysql, onlyPod, Pod, readyPods } from "./support/cluster";
import { eventually } from "../support/run";
import { hostPaths } from "./support/stack";

const ROWS = 10_000;
const TABLES = ["application", "answer"];

/** A dump as mysqldump writes it: tables with text of several languages, numbers, dates and NULLs. */
function dump(rows: number): string {
  const lines = [
    "CREATE TABLE `application` (`id` INT PRIMARY KEY, `name` VARCHAR(100) NOT NULL, `filed` DATETIME(6) NULL) DEFAULT CHARSET=utf8mb4;",
    "CREATE TABLE `answer` (`id` INT PRIMARY KEY, `application_id` INT NOT NULL, `amount` DECIMAL(12,2) NULL, `note` TEXT," +
      " FOREIGN KEY (`application_id`) REFERENCES `application` (`id`)) DEFAULT CHARSET=utf8mb4;",
  ];
  const batch = 1000;
  for (let start = 1; start <= rows; start += batch) {
    const ids = Array.from({ length: batch }, (_, index) => start + index);
    lines.push(
      `INSERT INTO \`application\` VALUES ${ids.map((id) => `(${id},'Анкета 表格 №${id} 🙂','2026-01-01 00:00:00.${String(id % 1_000_000).padStart(6, "0")}')`).join(",")};`,
      `INSERT INTO \`answer\` VALUES ${ids.map((id) => `(${id},${id},${id % 7 === 0 ? "NULL" : `${id}.25`},'it''s \\\\ "${id}"')`).join(",")};`,
    );
  }
  return `${lines.join("\n")}\n`;
}

const checksums = (pod: Pod) =>
  mysql(
    pod,
    `USE form; SELECT 'rows', COUNT(*) FROM application; SELECT 'rows', COUNT(*) FROM answer; CHECKSUM TABLE ${TABLES.join(", ")};`,
  );

const gtidExecuted = async (pod: Pod): Promise<string> => {
  const [row] = await mysql(pod, "SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')");
  return row?.[0] ?? "";
};

const refused = async (attempt: Promise<unknown>): Promise<string> => {
  try {
    await attempt;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the write was taken");
};

describe("MySQL", () => {
  let master: Pod;
  let slaves: Pod[];

  before(async () => {
    master = await onlyPod("mysql-master");
    slaves = await readyPods("mysql-slave");
  });

  it("has a master and two slaves, each with a server-id of its own", async () => {
    expect(slaves).to.have.length(2);
    const ids = await Promise.all(
      [master, ...slaves].map(async (pod) => (await mysql(pod, "SELECT @@server_id, @@server_uuid"))[0]),
    );
    expect(new Set(ids.map((row) => row?.[0])).size).to.equal(3);
    expect(new Set(ids.map((row) => row?.[1])).size).to.equal(3);
  });

  it("passes the seed's own test: a dump imported on the master is on each slave", async () => {
    writeFileSync(path.join(hostPaths.mysqlImport, "form.sql"), dump(ROWS));
    await mysql(master, "CREATE DATABASE IF NOT EXISTS form");
    await exec(master, ["sh", "-c", "mysql form < /etc/mysql/database/form.sql"]);

    const [status] = await mysql(master, "SHOW BINARY LOG STATUS");
    expect(status?.[0]).to.match(/\.\d{6}$/);
    expect(Number(status?.[1])).to.be.greaterThan(0);

    const expected = await checksums(master);
    expect(expected.slice(0, 2)).to.deep.equal([
      ["rows", String(ROWS)],
      ["rows", String(ROWS)],
    ]);
    const executed = await gtidExecuted(master);
    for (const slave of slaves) {
      const [caughtUp] = await mysql(slave, `SELECT WAIT_FOR_EXECUTED_GTID_SET('${executed}', 60)`);
      expect(caughtUp, slave.metadata.name).to.deep.equal(["0"]);
      expect(await checksums(slave), slave.metadata.name).to.deep.equal(expected);
      expect(await gtidExecuted(slave), slave.metadata.name).to.equal(executed);
    }
  });

  it("replicates by GTID with auto-position over a running channel", async () => {
    for (const slave of slaves) {
      const [row] = await mysql(
        slave,
        `SELECT c.AUTO_POSITION, s.SERVICE_STATE, a.SERVICE_STATE, @@gtid_mode
           FROM performance_schema.replication_connection_configuration c
           JOIN performance_schema.replication_connection_status s USING (CHANNEL_NAME)
           JOIN performance_schema.replication_applier_status a USING (CHANNEL_NAME)`,
      );
      expect(row, slave.metadata.name).to.deep.equal(["1", "ON", "ON", "ON"]);
    }
  });

  it("refuses writes on a slave, even an administrator's", async () => {
    for (const slave of slaves) {
      expect(await refused(mysql(slave, "CREATE TABLE form.stray (id INT)"))).to.match(/super-read-only/);
    }
  });

  /** What an account may do, as MySQL lists it, without whom it is granted to. */
  const grants = async (account: string): Promise<string[]> =>
    (await mysql(master, `SHOW GRANTS FOR ${account}`)).flat().map((grant) => grant.replace(/ TO `.*$/, ""));

  it("gives the replication account no more than replication needs", async () => {
    expect(await grants("replication")).to.have.members([
      "GRANT REPLICATION SLAVE ON *.*",
      "GRANT BACKUP_ADMIN ON *.*",
      "GRANT SELECT ON `performance_schema`.`replication_connection_status`",
    ]);
  });

  it("confines the application to its database, its own passwords and how far slaves are", async () => {
    expect(await grants("dabaweb")).to.have.members([
      "GRANT USAGE ON *.*",
      "GRANT APPLICATION_PASSWORD_ADMIN ON *.*",
      "GRANT ALL PRIVILEGES ON `form`.*",
      // How far a slave is, for the status page.
      "GRANT SELECT ON `performance_schema`.`replication_connection_status`",
      "GRANT SELECT ON `performance_schema`.`replication_applier_status`",
      "GRANT SELECT ON `performance_schema`.`replication_applier_status_by_worker`",
    ]);
  });

  it("stores every text as utf8mb4", async () => {
    const [row] = await mysql(
      master,
      "SELECT @@character_set_server, (SELECT name FROM form.application WHERE id = 7)",
    );
    expect(row).to.deep.equal(["utf8mb4", "Анкета 表格 №7 🙂"]);
  });

  it("takes a slave that lags out of the reads, and back when it has caught up", async () => {
    const [slave] = slaves;
    if (slave === undefined) {
      throw new Error("no slave");
    }
    const names = async () => (await readyPods("mysql-slave")).map(({ metadata }) => metadata.name);
    await mysql(master, "CREATE TABLE form.lag (id INT AUTO_INCREMENT PRIMARY KEY)");
    // Its applier waits for as long as somebody holds the lock; bounded, should nobody take it away.
    const lock = mysql(slave, "FLUSH TABLES WITH READ LOCK; DO SLEEP(90)").catch(() => undefined);
    try {
      await eventually(60, async () => {
        await mysql(master, "INSERT INTO form.lag VALUES ()");
        expect(await names()).not.to.include(slave.metadata.name);
      });
      expect(await names(), "the other slave").to.have.length(1);
    } finally {
      const holder = "SELECT CONCAT('KILL ', ID, ';') FROM information_schema.processlist WHERE INFO = 'DO SLEEP(90)'";
      await mysql(slave, (await mysql(slave, holder)).flat().join(" "));
      await lock;
    }
    await eventually(60, async () => {
      expect(await names()).to.include(slave.metadata.name);
    });
    await mysql(master, "DROP TABLE form.lag");
  });

  it("replicates a write that is made while a slave is away", async () => {
    const [slave] = slaves;
    if (slave === undefined) {
      throw new Error("no slave");
    }
    await mysql(slave, "STOP REPLICA IO_THREAD");
    await mysql(master, "CREATE TABLE form.away (id INT PRIMARY KEY); INSERT INTO form.away VALUES (1)");
    await mysql(slave, "START REPLICA IO_THREAD");
    await eventually(30, async () => {
      expect(await mysql(slave, "SELECT id FROM form.away")).to.deep.equal([["1"]]);
    });
  });
});

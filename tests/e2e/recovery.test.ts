import { expect } from "chai";

import { empty, signal } from "../support/node";
import { eventually, succeed } from "../support/run";
import { deletePod, exec, mysql, onlyPod, readyPods, redis } from "./support/cluster";
import { hostPaths, NAMESPACE } from "./support/stack";

const logsOf = (part: string) =>
  succeed("kubectl", [
    "-n",
    NAMESPACE,
    "logs",
    "-l",
    `name=${part}`,
    "--tail=-1",
    "--container",
    part.split("-")[0] ?? "",
  ]);

/** A master that lost its data while a slave does not answer, which might have the only copy. */
async function lose(part: "mysql" | "redis", directory: string, server: string, waiting: RegExp): Promise<void> {
  const slaves = await readyPods(`${part}-slave`);
  const [silent] = slaves;
  if (silent === undefined) {
    throw new Error("no slave");
  }
  const master = await onlyPod(`${part}-master`);
  // It answers nobody, until its liveness probe ends it.
  signal(silent, server, "SIGSTOP");
  try {
    empty(directory);
    await deletePod(master);
    await eventually(40, async () => {
      expect(await logsOf(`${part}-master`)).to.match(waiting);
    });
    expect(await readyPods(`${part}-master`)).to.deep.equal([]);
  } finally {
    signal(silent, server, "SIGCONT");
  }
  await eventually(120, async () => {
    await onlyPod(`${part}-master`);
    expect(await readyPods(`${part}-slave`)).to.have.length(slaves.length);
  });
}

describe("a master without data", () => {
  it("MySQL: waits for every slave's answer, says whose is missing, and takes the data from a slave", async () => {
    await mysql(
      await onlyPod("mysql-master"),
      "CREATE TABLE form.lost (id INT PRIMARY KEY); INSERT INTO form.lost VALUES (7)",
    );
    await lose("mysql", hostPaths.mysqlData, "mysqld", /waiting to know who has the data: [0-9.]+ does not answer/);
    expect(await mysql(await onlyPod("mysql-master"), "SELECT id FROM form.lost")).to.deep.equal([["7"]]);
    expect(await logsOf("mysql-master")).to.match(/taking the data from the slave [0-9.]+, which has all there is/);
    await mysql(await onlyPod("mysql-master"), "DROP TABLE form.lost");
  });

  it("Redis: the same", async () => {
    await redis(await onlyPod("redis-master"), "SET", "lost", "7");
    expect(await redis(await onlyPod("redis-master"), "WAIT", "2", "5000")).to.equal("2");
    await lose("redis", hostPaths.redisData, "redis-server", /no data yet; since [0-9:]+: no answer from: [0-9.]+/);
    expect(await redis(await onlyPod("redis-master"), "GET", "lost")).to.equal("7");
  });
});

describe("binary logs", () => {
  it("are kept up to their size, and the slaves follow all the same", async () => {
    const master = await onlyPod("mysql-master");
    const [setting] = await exec(master, ["sh", "-c", "echo $MYSQL_BINLOG_MAX_MEBIBYTES"]).then((text) =>
      text.split("\n"),
    );
    const limit = Number(setting) * 1024 * 1024;
    await mysql(master, "CREATE TABLE form.bulk (id INT AUTO_INCREMENT PRIMARY KEY, text LONGBLOB)");
    for (let written = 0; written < 2 * limit; written += 4 * 1024 * 1024) {
      await mysql(
        master,
        "INSERT INTO form.bulk (text) VALUES (RANDOM_BYTES(1024)); UPDATE form.bulk SET text = REPEAT(text, 4096) ORDER BY id DESC LIMIT 1; DELETE FROM form.bulk",
      );
    }
    await eventually(60, async () => {
      const logs = await mysql(master, "SHOW BINARY LOGS");
      expect(logs.reduce((sum, [, size]) => sum + Number(size), 0)).to.be.at.most(limit);
      expect(logs[0]?.[0], "the oldest log").not.to.equal("binlog.000001");
    });
    const [executed] = await mysql(master, "SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')");
    for (const slave of await readyPods("mysql-slave")) {
      expect(await mysql(slave, `SELECT WAIT_FOR_EXECUTED_GTID_SET('${executed?.[0]}', 60)`)).to.deep.equal([["0"]]);
    }
    await mysql(master, "DROP TABLE form.bulk");
  });
});

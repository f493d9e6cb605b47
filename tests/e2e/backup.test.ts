import { readdirSync, readFileSync, truncateSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import { empty } from "../support/node";
import { Changes } from "../support/stack";
import { backup, job, repository, succeeded } from "./support/backups";
import { exec, mysql, onlyPod, readyPods, redis } from "./support/cluster";
import { destroy, encrypted, hostPaths, npm, up, URL } from "./support/stack";

const master = () => onlyPod("mysql-master");
const write = async (row: string) => mysql(await master(), `INSERT INTO form.drill VALUES ('${row}')`);
const rowsOn = async (name: string) =>
  Promise.all((await readyPods(name)).map((pod) => mysql(pod, "SELECT v FROM form.drill ORDER BY v")));

/** A file as an entry has it, on the volume of the web; its path. */
async function uploaded(name: string): Promise<string> {
  const [pod] = await readyPods("dabacluster");
  if (pod === undefined) {
    throw new Error("the web has no ready pod");
  }
  const folder = "/usr/src/dabaweb/media/test";
  await exec(pod, ["sh", "-c", `mkdir -p ${folder} && cat > ${folder}/${name}`], name);
  return path.join(hostPaths.web, "media", "test", name);
}

describe("backups to a volume", () => {
  let changes: Changes;

  before(async () => {
    changes = {
      backup,
      backupPassword: await encrypted("repository-of-a-test"),
      mysqlBackupPassword: await encrypted("account-of-a-test"),
    };
    await up(changes);
  });
  after(() => up());

  it("restore to a moment between two writes, after everything is lost", async () => {
    await mysql(await master(), "CREATE TABLE form.drill (v VARCHAR(20) PRIMARY KEY)");
    await write("before");
    const early = await uploaded("early");
    await redis(await onlyPod("redis-master"), "SET", "drill", "before");
    const made = await npm("backup", [], changes);
    expect(made.code, made.output).to.equal(0);
    expect(made.output).to.match(/all databases are backed up/);
    await redis(await onlyPod("redis-master"), "SET", "drill", "A");
    await succeeded("redis-backup");
    await write("A");
    const late = await uploaded("late");
    const [[moment]] = (await mysql(
      await master(),
      "SELECT DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ')",
    )) as [[string]];
    await write("B");
    await redis(await onlyPod("redis-master"), "SET", "drill", "B");
    await succeeded("mysql-logs-backup");
    await succeeded("redis-backup");
    await succeeded("web-backup");

    const refused = await npm("restore", ["--to", moment], changes);
    expect(refused.code, refused.output).to.equal(1);
    expect(refused.output).to.match(/servers run in k8s-web-test/);

    await destroy();
    for (const directory of [hostPaths.mysqlData, hostPaths.redisData, hostPaths.web]) {
      empty(directory);
    }
    const started = Date.now();
    const restored = await npm("restore", ["--to", moment], changes);
    expect(restored.code, restored.output).to.equal(0);
    console.log(`      restored in ${Math.round((Date.now() - started) / 1000)} s:`);
    console.log(restored.output.replace(/^[^]*\nRestored:/, "Restored:").replace(/^/gm, "      "));

    const expected = [["A"], ["before"]];
    expect(await rowsOn("mysql-master")).to.deep.equal([expected]);
    expect(await rowsOn("mysql-slave")).to.deep.equal([expected, expected]);
    expect(await redis(await onlyPod("redis-master"), "GET", "drill")).to.equal("A");
    for (const file of [early, late]) {
      expect(readFileSync(file, "utf8")).to.equal(path.basename(file));
    }
    const verified = await npm("verify", [], changes);
    expect(verified.code, verified.output).to.equal(0);
    expect((await fetch(`${URL}/forms/guest-book/`)).status).to.equal(200);
  });

  it("begin a new chain where the master has other data than was backed up, and go on from it", async () => {
    expect(await succeeded("mysql-logs-backup")).to.match(
      /WARNING: the master does not have transactions that are backed up/,
    );
    await write("C");
    expect(await succeeded("mysql-logs-backup")).to.match(/backed up to .*: binlog\.\d+ to binlog\.\d+/);
    expect(await succeeded("mysql-logs-backup")).to.match(/nothing new/);
  });

  it("find a gap, say it, and mend it by a full backup", async () => {
    await mysql(await master(), "INSERT INTO form.drill VALUES ('gap'); FLUSH BINARY LOGS");
    const logs = await mysql(await master(), "SHOW BINARY LOGS");
    await mysql(await master(), `PURGE BINARY LOGS TO '${logs.at(-1)?.[0]}'`);
    expect(await succeeded("mysql-logs-backup")).to.match(/WARNING: a gap: .* A full backup begins anew/);
  });

  it("remove those that are no longer kept, and no others", async () => {
    const store = "restic -q backup --stdin --stdin-filename mysql.sql --host $BACKUP_STACK --tag mysql-full --time";
    // Of one day: the last is kept as that of the day, and restic keeps the very first as long as there are fewer than wanted.
    const old = ["01", "02", "03"].map((hour) => `echo old | ${store} '2020-01-01 ${hour}:00:00'`);
    await succeeded("mysql-backup", ["sh", "-c", `export RESTIC_CACHE_DIR=/tmp/restic; ${old.join(" && ")}`]);
    const list = ["bash", "-c", ". /usr/local/lib/backup/repository.sh; snapshots_of mysql-full | cut -d ' ' -f 2"];
    const before = (await succeeded("mysql-backup", list)).trim().split("\n");
    await succeeded("mysql-backup");
    const after = (await succeeded("mysql-backup", list)).trim().split("\n");
    expect(before.filter((start) => !after.includes(start))).to.deep.equal(["2020-01-01T02:00:00.000000000Z"]);
    expect(after).to.have.length(before.length);
  });

  it("refuse another password, and say which one is wanted", async () => {
    await up({ ...changes, backupPassword: await encrypted("another-one-of-a-test") });
    const { failed, said } = await job("mysql-logs-backup");
    expect(failed).to.equal(true);
    expect(said).to.match(/ERROR: wrong password for \/backup: its backups were made with another backupPassword/);
  });

  it("give the repository another password when they know the former one, which is then refused", async () => {
    const [was, is] = ["repository-of-a-test", "another-one-of-a-test"];
    changes = { ...changes, backupPassword: await encrypted(is), backupFormerPassword: await encrypted(was) };
    await up(changes);
    const changed = /\/backup has the new password/;
    expect(await succeeded("mysql-logs-backup")).to.match(changed);
    expect(await succeeded("mysql-logs-backup")).not.to.match(changed);
    const list = "restic --no-cache snapshots";
    const former = "--password-file /run/secrets/backup/formerPassword";
    const said = await succeeded("mysql-backup", ["bash", "-c", `${list} && ! ${list} ${former}`]);
    expect(said).to.match(/mysql-full[^]*wrong password/);
  });

  it("report a damaged repository, and remove nothing from it", async () => {
    const packs = readdirSync(path.join(repository, "data"), { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    for (const pack of packs) {
      truncateSync(path.join(pack.parentPath, pack.name), 10);
    }
    const { failed, said } = await job("mysql-backup");
    expect(failed, said).to.equal(true);
    expect(said).to.match(/ERROR: the repository is damaged|ERROR: no full backup was stored/);
  });
});

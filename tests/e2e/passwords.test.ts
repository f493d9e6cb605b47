import { randomBytes } from "node:crypto";

import { expect } from "chai";

import { eventually } from "../support/run";
import { exec, mysql, onlyPod, Pod, readyPods } from "./support/cluster";
import { encrypted, setting, up, URL } from "./support/stack";

type Account = "root" | "replication" | "dabaweb";

/** How each account is logged in with: root from inside the master's pod only, the others over the network. */
const LOGIN: Readonly<Record<Account, string>> = {
  root: "--socket=/run/mysqld/mysqld.sock --user=root",
  replication: "--host=$POD_IP --ssl-mode=REQUIRED --user=replication",
  dabaweb: "--host=$POD_IP --ssl-mode=REQUIRED --user=dabaweb",
};

/** What the master says to a login: `1`, or the error. The password goes by stdin, not by an argument. */
const login = (master: Pod, account: Account, password: string): Promise<string> => {
  const client = `MYSQL_PWD=$(cat) mysql --no-defaults ${LOGIN[account]} --batch --skip-column-names -e 'SELECT 1' 2>&1 || true`;
  return exec(master, ["sh", "-c", client], password);
};

const uids = async (name: string): Promise<string[]> =>
  (await readyPods(name)).map(({ metadata }) => metadata.uid).sort();

/** Some people ask for a page until told to stop; every answer's status. */
function visitors() {
  const statuses: number[] = [];
  let going = true;
  const visit = async () => {
    while (going) {
      statuses.push((await fetch(URL, { signal: AbortSignal.timeout(10_000) })).status);
    }
  };
  const visited = Promise.all(Array.from({ length: 4 }, visit));
  return async (): Promise<number[]> => {
    going = false;
    await visited;
    return statuses;
  };
}

describe("changed passwords", () => {
  const settings: Readonly<Record<Account, string>> = {
    root: "mysqlRootPassword",
    replication: "mysqlReplicationPassword",
    dabaweb: "mysqlPassword",
  };
  const accounts = Object.keys(settings) as Account[];

  it("reach MySQL with `pulumi up`, without a restart of its pods or a failed page, and the old ones are refused", async () => {
    const before = { master: await uids("mysql-master"), slaves: await uids("mysql-slave") };
    const master = await onlyPod("mysql-master");
    const was = new Map<Account, string>();
    const is = new Map<Account, string>();
    const changes: Record<string, object> = {};
    for (const account of accounts) {
      was.set(account, await setting(settings[account]));
      expect(await login(master, account, was.get(account) ?? "")).to.equal("1\n");
      is.set(account, randomBytes(15).toString("base64"));
      changes[settings[account]] = await encrypted(is.get(account) ?? "");
    }

    const leave = visitors();
    try {
      await up(changes);
    } finally {
      const statuses = await leave();
      expect(statuses.length).to.be.greaterThan(10);
      expect([...new Set(statuses)]).to.deep.equal([200]);
    }

    for (const account of accounts) {
      expect(await login(master, account, is.get(account) ?? ""), `${account}, new`).to.equal("1\n");
      expect(await login(master, account, was.get(account) ?? ""), `${account}, old`).to.match(/Access denied/);
    }
    expect({ master: await uids("mysql-master"), slaves: await uids("mysql-slave") }).to.deep.equal(before);

    // The slaves log in with the new one too.
    const mark = randomBytes(4).toString("hex");
    for (const slave of await readyPods("mysql-slave")) {
      await mysql(slave, "STOP REPLICA IO_THREAD");
    }
    await mysql(master, `CREATE TABLE form.mark_${mark} (id INT PRIMARY KEY)`);
    await eventually(60, async () => {
      for (const slave of await readyPods("mysql-slave")) {
        expect(await mysql(slave, `SHOW TABLES FROM form LIKE 'mark\\_${mark}'`)).to.have.length(1);
      }
    });
  });

  it("are back after the next `pulumi up` with the old settings", async () => {
    await up();
    const master = await onlyPod("mysql-master");
    for (const account of accounts) {
      expect(await login(master, account, await setting(settings[account])), account).to.equal("1\n");
    }
    expect((await fetch(URL)).status).to.equal(200);
  });
});

import { randomBytes } from "node:crypto";

import { expect } from "chai";

import { eventually } from "../support/run";
import { Visitor } from "../support/visitor";
import { visit } from "../support/visitors";
import { exec, mysql, onlyPod, Pod, readyPods, redis } from "./support/cluster";
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

describe("changed passwords", () => {
  const settings: Readonly<Record<Account, string>> = {
    root: "mysqlRootPassword",
    replication: "mysqlReplicationPassword",
    dabaweb: "mysqlPassword",
  };
  const accounts = Object.keys(settings) as Account[];
  let signedIn: Visitor | undefined;

  it("reach MySQL with `pulumi up`, without a restart of its pods or a failed page, and the old ones are refused", async () => {
    const before = { master: await uids("mysql-master"), slaves: await uids("mysql-slave") };
    const web = await uids("dabacluster");
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

    const { seen, leave } = visit(URL, 10);
    try {
      await up(changes);
    } finally {
      await leave();
      expect(seen.failures).to.deep.equal([]);
      expect(seen.pages).to.be.greaterThan(10);
      expect(seen.written).not.to.deep.equal([]);
    }

    for (const account of accounts) {
      expect(await login(master, account, is.get(account) ?? ""), `${account}, new`).to.equal("1\n");
      expect(await login(master, account, was.get(account) ?? ""), `${account}, old`).to.match(/Access denied/);
    }
    expect({ master: await uids("mysql-master"), slaves: await uids("mysql-slave") }).to.deep.equal(before);
    // Those that know the old one are gone.
    expect((await uids("dabacluster")).filter((uid) => web.includes(uid))).to.deep.equal([]);

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

  it("replace Redis' pods: what was acknowledged is kept, pages are answered, and the old password is refused", async () => {
    const was = await setting("redisPassword");
    const is = randomBytes(15).toString("base64");
    const acknowledged: string[] = [];
    let gap = 0;
    let going = true;
    // One who writes at the master, whoever that is, with the password that its pod has.
    const writer = async () => {
      let last = Date.now();
      for (let number = 0; going; number++) {
        try {
          const master = await onlyPod("redis-master");
          if (/^\d+$/.test(await redis(master, "RPUSH", "numbers", String(number)))) {
            acknowledged.push(String(number));
            gap = Math.max(gap, Date.now() - last);
            last = Date.now();
          }
        } catch {
          // No master for now.
        }
      }
    };
    const written = writer();
    const { seen, leave } = visit(URL, 10);
    try {
      await up({ redisPassword: await encrypted(is) });
    } finally {
      going = false;
      await written;
      await leave();
      expect(seen.failures).to.deep.equal([]);
      expect(seen.pages).to.be.greaterThan(10);
    }
    console.log(
      `      Redis took no writes for ${(gap / 1000).toFixed(1)} s; ${acknowledged.length} were acknowledged`,
    );
    for (const pod of [await onlyPod("redis-master"), ...(await readyPods("redis-slave"))]) {
      await eventually(30, async () => {
        expect((await redis(pod, "LRANGE", "numbers", "0", "-1")).split("\n"), pod.metadata.name).to.include.members(
          acknowledged,
        );
      });
      const login = (password: string) =>
        exec(
          pod,
          ["sh", "-c", 'REDISCLI_AUTH="$(cat)" redis-cli -s /run/redis/redis.sock PING 2>&1 || true'],
          password,
        );
      expect(await login(is)).to.match(/PONG/);
      expect(await login(was)).to.match(/WRONGPASS|NOAUTH/);
    }
  });

  it("of Django's key keep people signed in, as long as the former one is given", async () => {
    const name = `ada-${randomBytes(4).toString("hex")}`;
    const password = randomBytes(15).toString("base64");
    const [pod] = await readyPods("dabacluster");
    if (pod === undefined) {
      throw new Error("the web has no ready pod");
    }
    await exec(pod, ["python", "manage.py", "create_admin", name], password);

    const jar = new Visitor(URL, false);
    const signIn = await jar.ask("/accounts/login/");
    const [, token = ""] = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(signIn.body) ?? [];
    const form = new URLSearchParams({ csrfmiddlewaretoken: token, username: name, password });
    expect((await jar.ask("/accounts/login/", form)).status).to.equal(302);
    expect((await jar.ask("/admin/")).status).to.equal(200);

    const was = await setting("djangoSecretKey");
    const is = randomBytes(36).toString("base64");
    await up({ djangoSecretKey: await encrypted(is), djangoFormerSecretKey: await encrypted(was) });
    expect((await jar.ask("/admin/")).status).to.equal(200);
    signedIn = jar;
  });

  it("are back after the next `pulumi up` with the old settings", async () => {
    await up();
    // Signed in with a key that is not even the former one now.
    expect((await signedIn?.ask("/admin/"))?.status).to.equal(302);
    const master = await onlyPod("mysql-master");
    for (const account of accounts) {
      expect(await login(master, account, await setting(settings[account])), account).to.equal("1\n");
    }
    expect((await fetch(URL)).status).to.equal(200);
  });
});

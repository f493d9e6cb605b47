import { connect, PeerCertificate } from "node:tls";

import { expect } from "chai";
import Redis from "ioredis";
import { createConnection, RowDataPacket } from "mysql2/promise";

import { eventually, succeed } from "../support/run";
import { RESTLESS_MS, visit } from "../support/visitors";
import { exec, mysql, onlyPod, Pod, readyPods, redis } from "./support/cluster";
import { missing } from "./support/entries";
import { NAMESPACE, setting, up, URL } from "./support/stack";

const SERVERS = ["mysql-master", "mysql-slave", "redis-master", "redis-slave"] as const;
type Server = (typeof SERVERS)[number];
const isMysql = (server: Server) => server.startsWith("mysql");
/** Longest that the kubelet takes to bring a changed Secret to a pod, by its defaults. */
const KUBELET_SECONDS = 150;

/** How a client goes about it: without TLS, or trusting an authority. */
type Trust = { readonly ca: string } | "none";

const passwords = { mysql: "", redis: "" };
const kubectl = (...args: string[]) => succeed("kubectl", ["--namespace", NAMESPACE, ...args]);
const addressOf = (server: Server) => kubectl("get", "service", server, "-o", "jsonpath={.spec.clusterIP}");

/** Any address will do. */
const anywhere = { checkServerIdentity: () => undefined };

function toMysql(host: string, trust: Trust, account = { user: "dabaweb", password: passwords.mysql }) {
  const ssl = trust === "none" ? {} : { ssl: { ca: trust.ca, rejectUnauthorized: true } };
  return createConnection({ host, ...account, connectTimeout: 5000, ...ssl });
}

async function toRedis(host: string, trust: Trust, identity = anywhere as object): Promise<Redis> {
  const client = new Redis({
    host,
    password: passwords.redis,
    lazyConnect: true,
    connectTimeout: 5000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    ...(trust === "none" ? {} : { tls: { ca: trust.ca, ...identity } }),
  });
  const said: string[] = [];
  client.on("error", (error: Error) => said.push(error.message));
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.disconnect();
    throw new Error([...said, (error as Error).message].join("; "), { cause: error });
  }
}

const outcome = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => "ok",
    (error: unknown) => (error as Error).message,
  );

/** What becomes of a client that goes to an address: "ok", or why it was not let in, or did not go in. */
const attempt = (server: Server, host: string, trust: Trust): Promise<string> =>
  outcome(
    isMysql(server)
      ? toMysql(host, trust).then((connection) => connection.end())
      : toRedis(host, trust).then((client) => client.quit()),
  );

/** The same for one that verifies that the certificate has the address: MySQL's own client, for mysql2 does not with an IP address. */
async function attemptByAddress(server: Server, host: string, ca: string): Promise<string> {
  if (!isMysql(server)) {
    return outcome(toRedis(host, { ca }, {}).then((client) => client.quit()));
  }
  const trusting = "--ssl-mode=VERIFY_IDENTITY --ssl-ca=/run/secrets/tls/ca.crt";
  const client = `mysql --no-defaults --host=${host} --user=dabaweb ${trusting} --batch --skip-column-names`;
  const script = `MYSQL_PWD=$(cat) ${client} -e "SELECT 'ok'" 2>&1 || true`;
  return (await exec(await onlyPod("mysql-master"), ["sh", "-c", script], passwords.mysql)).trim();
}

/** The end of the certificate that a server shows to a new connection. */
async function endOf(server: Server, pod: Pod, ca: string): Promise<string> {
  const host = pod.status.podIP;
  if (isMysql(server)) {
    const connection = await toMysql(host, { ca });
    const [rows] = await connection.query<RowDataPacket[]>("SHOW STATUS LIKE 'Ssl_server_not_after'");
    await connection.end();
    return String(rows[0]?.["Value"]);
  }
  const shown = await new Promise<PeerCertificate>((resolve, reject) => {
    const socket = connect({ host, port: 6379, ca, ...anywhere }, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    }).on("error", reject);
  });
  return shown.valid_to;
}

describe("TLS between the web, the databases and their slaves", () => {
  let ca: string;
  /** Of another authority: the cluster's own. */
  let otherCa: string;

  before(async () => {
    passwords.mysql = await setting("mysqlPassword");
    passwords.redis = await setting("redisPassword");
    const map = ["get", "configmap", "-o", "jsonpath={range .items[*]}{.data.mysql\\.crt}{end}"];
    [ca = ""] = /-----BEGIN[^]+?-----END CERTIFICATE-----\n/.exec(await kubectl(...map)) ?? [];
    const encoded = "jsonpath={.clusters[0].cluster.certificate-authority-data}";
    otherCa = Buffer.from(await kubectl("config", "view", "--raw", "--minify", "-o", encoded), "base64").toString();
    expect([ca, otherCa].map((text) => text.split("\n")[0])).to.deep.equal(
      Array<string>(2).fill("-----BEGIN CERTIFICATE-----"),
    );
  });

  for (const server of SERVERS) {
    it(`lets in who knows the authority of ${server}, and shows the address of its Service`, async () => {
      expect(await attemptByAddress(server, await addressOf(server), ca)).to.equal("ok");
    });

    it(`is refused by a client that trusts another authority than that of ${server}`, async () => {
      expect(await attempt(server, await addressOf(server), { ca: otherCa })).to.match(
        /self-signed certificate|unable to verify|unable to get local issuer/,
      );
    });

    it(`is refused by a client that means another address than ${server}'s Service`, async () => {
      const [pod] = await readyPods(server);
      const address = pod?.status.podIP ?? "";
      expect(await attempt(server, address, { ca })).to.equal("ok");
      expect(await attemptByAddress(server, address, ca)).to.match(
        /certificate verify failed|does not match certificate/,
      );
    });
  }

  for (const server of ["redis-master", "redis-slave"] as const) {
    it(`is what ${server} insists on`, async () => {
      expect(await attempt(server, await addressOf(server), "none")).to.match(/ECONNRESET|closed/i);
    });
  }

  it("is what MySQL insists on, for an account too that does not ask for it", async () => {
    const account = { user: "plain", password: "of-a-test" };
    const master = await onlyPod("mysql-master");
    await mysql(master, `CREATE USER ${account.user} IDENTIFIED BY '${account.password}'`);
    try {
      for (const server of ["mysql-master", "mysql-slave"] as const) {
        const address = await addressOf(server);
        await eventually(30, async () => {
          expect(await outcome(toMysql(address, { ca }, account).then((connection) => connection.end()))).to.equal(
            "ok",
          );
        });
        expect(await outcome(toMysql(address, "none", account))).to.match(/insecure transport are prohibited/);
        expect(await attempt(server, address, "none")).to.match(/Access denied/);
      }
    } finally {
      await mysql(master, `DROP USER ${account.user}`);
    }
  });

  it("carries MySQL's replication, whose slaves verify that the master is the Service's", async () => {
    const dumps =
      "SELECT CONNECTION_TYPE FROM performance_schema.threads WHERE PROCESSLIST_COMMAND LIKE 'Binlog Dump%'";
    await eventually(30, async () => {
      expect(await mysql(await onlyPod("mysql-master"), dumps)).to.deep.equal([["SSL/TLS"], ["SSL/TLS"]]);
    });
    const verified =
      "SELECT SSL_ALLOWED, SSL_VERIFY_SERVER_CERTIFICATE, SSL_CA_FILE FROM performance_schema.replication_connection_configuration";
    for (const slave of await readyPods("mysql-slave")) {
      expect(await mysql(slave, verified)).to.deep.equal([["YES", "YES", "/run/secrets/tls/ca.crt"]]);
    }
  });

  it("carries Redis' replication, which has no other port", async () => {
    for (const server of ["redis-master", "redis-slave"]) {
      for (const pod of await readyPods(server)) {
        expect(await redis(pod, "CONFIG", "GET", "port"), server).to.equal("port\n0");
        expect(await redis(pod, "CONFIG", "GET", "tls-replication"), server).to.equal("tls-replication\nyes");
      }
    }
    await eventually(30, async () => {
      expect(await redis(await onlyPod("redis-master"), "INFO", "replication")).to.match(/connected_slaves:2/);
    });
  });

  it("carries every connection of the application", async () => {
    const ciphers = `SELECT DISTINCT t.CONNECTION_TYPE, s.VARIABLE_VALUE <> ''
      FROM performance_schema.threads t JOIN performance_schema.status_by_thread s USING (THREAD_ID)
      WHERE t.PROCESSLIST_USER = 'dabaweb' AND s.VARIABLE_NAME = 'Ssl_cipher'`;
    for (const server of ["mysql-master", "mysql-slave"]) {
      await eventually(60, async () => {
        expect((await fetch(`${URL}/forms/guest-book/`)).status).to.equal(200);
        const [pod] = await readyPods(server);
        expect(pod === undefined ? [] : await mysql(pod, ciphers), server).to.deep.equal([["SSL/TLS", "1"]]);
      });
    }
  });

  it("is asked of the accounts too, and the application's has rights on its database alone", async () => {
    const master = await onlyPod("mysql-master");
    const without = "SELECT User FROM mysql.user WHERE Host <> 'localhost' AND ssl_type = ''";
    expect(await mysql(master, without)).to.deep.equal([]);
    await mysql(master, "CREATE DATABASE IF NOT EXISTS others; CREATE TABLE IF NOT EXISTS others.notes (id INT)");
    const connection = await toMysql(await addressOf("mysql-master"), { ca });
    try {
      const [databases] = await connection.query<RowDataPacket[]>("SHOW DATABASES");
      expect(databases.map(({ Database }) => String(Database))).to.deep.equal([
        "form",
        "information_schema",
        "performance_schema",
      ]);
      for (const statement of [
        "SELECT * FROM others.notes",
        "INSERT INTO others.notes VALUES (1)",
        "SELECT * FROM mysql.user",
        "CREATE DATABASE more",
        "CREATE USER somebody",
        "SET GLOBAL max_connections = 1",
      ]) {
        expect(await outcome(connection.query(statement)), statement).to.match(/denied/i);
      }
    } finally {
      await connection.end();
      await mysql(master, "DROP DATABASE others");
    }
  });

  const pods = async () => Promise.all(SERVERS.map(async (server) => ({ server, pods: await readyPods(server) })));
  const uids = async () => (await pods()).flatMap((one) => one.pods.map(({ metadata }) => metadata.uid)).sort();
  const ends = async (): Promise<string[]> =>
    Promise.all((await pods()).flatMap((one) => one.pods.map((pod) => endOf(one.server, pod, ca))));

  it("is renewed by `pulumi up` without a restart, a failed page or a lost entry, and connections that stand go on", async () => {
    const before = { uids: await uids(), ends: await ends() };
    expect(before.ends).to.have.length(6);
    const connection = await toMysql(await addressOf("mysql-master"), { ca });
    const visitors = visit(URL, 10, RESTLESS_MS);
    try {
      await up({ certificates: { days: 364 } });
      await eventually(KUBELET_SECONDS, async () => {
        const now = await ends();
        expect(now.filter((end) => before.ends.includes(end))).to.deep.equal([]);
      });
      await connection.query("SELECT 1");
    } finally {
      await visitors.leave();
      await connection.end();
    }
    const { seen } = visitors;
    expect(seen.failures).to.deep.equal([]);
    expect(seen.pages).to.be.greaterThan(100);
    expect(await uids()).to.deep.equal(before.uids);
    expect(seen.written.length).to.be.greaterThan(1);
    expect(await missing(seen.written)).to.deep.equal([]);
  });

  it("is renewed no earlier than it has to be", async () => {
    expect(await up({ certificates: { days: 364 } })).not.to.match(/LocallySignedCert/);
  });
});

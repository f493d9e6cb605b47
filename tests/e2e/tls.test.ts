import { connect, PeerCertificate } from "node:tls";

import { expect } from "chai";
import Redis from "ioredis";
import { Connection, createConnection, RowDataPacket } from "mysql2/promise";

import { eventually, succeed } from "../support/run";
import { visit } from "../support/visitors";
import { mysql, onlyPod, Pod, readyPods, redis } from "./support/cluster";
import { NAMESPACE, setting, up, URL } from "./support/stack";

const SERVERS = ["mysql-master", "mysql-slave", "redis-master", "redis-slave"] as const;
type Server = (typeof SERVERS)[number];
const isMysql = (server: Server) => server.startsWith("mysql");
/** Longest that the kubelet takes to bring a changed Secret to a pod, by its defaults. */
const KUBELET_SECONDS = 150;

/** How a client goes about it: without TLS, or trusting an authority, and asking for the server's name too or not. */
type Trust = { readonly ca: string; readonly byName: boolean } | "none";

const passwords = { mysql: "", redis: "" };
const kubectl = (...args: string[]) => succeed("kubectl", ["--namespace", NAMESPACE, ...args]);
const addressOf = (server: Server) => kubectl("get", "service", server, "-o", "jsonpath={.spec.clusterIP}");

/** Verifies that a certificate has the address, as Node does by itself, or lets any pass. */
const identity = (byName: boolean) => (byName ? {} : { checkServerIdentity: () => undefined });

function toMysql(host: string, trust: Trust): Promise<Connection> {
  const account = { host, user: "dabaweb", password: passwords.mysql, connectTimeout: 5000 };
  return createConnection({
    ...account,
    ...(trust === "none" ? {} : { ssl: { ca: trust.ca, rejectUnauthorized: true, verifyIdentity: trust.byName } }),
  });
}

async function toRedis(host: string, trust: Trust): Promise<Redis> {
  const client = new Redis({
    host,
    password: passwords.redis,
    lazyConnect: true,
    connectTimeout: 5000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    ...(trust === "none" ? {} : { tls: { ca: trust.ca, ...identity(trust.byName) } }),
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

/** What a client of its own learns of a server: "ok", or why it was not let in or did not go in. */
async function attempt(server: Server, host: string, trust: Trust): Promise<string> {
  try {
    if (isMysql(server)) {
      const connection = await toMysql(host, trust);
      await connection.query("SELECT 1");
      await connection.end();
    } else {
      const client = await toRedis(host, trust);
      await client.ping();
      client.disconnect();
    }
    return "ok";
  } catch (error) {
    return (error as Error).message;
  }
}

/** The end of the certificate that a server shows to a new connection. */
async function endOf(server: Server, pod: Pod, ca: string): Promise<string> {
  const host = pod.status.podIP;
  if (isMysql(server)) {
    const connection = await toMysql(host, { ca, byName: false });
    const [rows] = await connection.query<RowDataPacket[]>("SHOW STATUS LIKE 'Ssl_server_not_after'");
    await connection.end();
    return String(rows[0]?.["Value"]);
  }
  const shown = await new Promise<PeerCertificate>((resolve, reject) => {
    const socket = connect({ host, port: 6379, ca, ...identity(false) }, () => {
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
      expect(await attempt(server, await addressOf(server), { ca, byName: true })).to.equal("ok");
    });

    it(`is refused by a client that trusts another authority than that of ${server}`, async () => {
      expect(await attempt(server, await addressOf(server), { ca: otherCa, byName: false })).to.match(
        /self-signed certificate|unable to verify|unable to get local issuer/,
      );
    });

    it(`is refused by a client that means another address than ${server}'s Service`, async () => {
      const [pod] = await readyPods(server);
      const message = await attempt(server, pod?.status.podIP ?? "", { ca, byName: true });
      expect(message).to.match(/does not match certificate|Hostname\/IP does not match|ERR_TLS_CERT_ALTNAME/i);
    });

    it(`is what ${server} insists on`, async () => {
      expect(await attempt(server, await addressOf(server), "none")).to.match(
        isMysql(server) ? /insecure transport are prohibited/ : /ECONNRESET|closed/i,
      );
    });
  }

  it("carries MySQL's replication, whose slaves verify that the master is the Service's", async () => {
    const dumps =
      "SELECT CONNECTION_TYPE FROM performance_schema.threads WHERE PROCESSLIST_COMMAND LIKE 'Binlog Dump%'";
    expect(await mysql(await onlyPod("mysql-master"), dumps)).to.deep.equal([["SSL/TLS"], ["SSL/TLS"]]);
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
    expect(await redis(await onlyPod("redis-master"), "INFO", "replication")).to.match(/connected_slaves:2/);
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
    const connection = await toMysql(await addressOf("mysql-master"), { ca, byName: true });
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
        const said = await connection.query(statement).then(
          () => "done",
          (error: unknown) => (error as Error).message,
        );
        expect(said, statement).to.match(/denied/i);
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
    const connection = await toMysql(await addressOf("mysql-master"), { ca, byName: true });
    const visitors = visit(URL, 10);
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
    const entries = await mysql(await onlyPod("mysql-master"), "SELECT answers FROM form.forms_entry");
    const kept = entries.map(([answers]) => answers).join("\n");
    expect(seen.written.length).to.be.greaterThan(1);
    expect(seen.written.filter((mark) => !kept.includes(mark))).to.deep.equal([]);
  });

  it("is renewed no earlier than it has to be", async () => {
    expect(await up({ certificates: { days: 364 } })).not.to.match(/LocallySignedCert/);
  });
});

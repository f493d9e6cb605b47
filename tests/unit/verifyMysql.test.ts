import { expect } from "chai";

import { MysqlSession } from "../../verify/cluster";
import { parseGtidSet } from "../../verify/gtid";
import { Channel, compareMysql, compareRoles, MysqlServer, MysqlState } from "../../verify/mysqlCompare";
import { parseSemiSync } from "../../verify/mysqlRead";
import { Pod } from "../../verify/pods";
import { CommandError } from "../../command/process";
import { parseTable } from "../../verify/snapshot";
import { compareTables, Pace } from "../../verify/tables";

const MASTER = "8c793f2b-e7ac-11f1-80a7-56700dc428e6";
const SLAVE = "94a8cb5f-e7ac-11f1-bd55-cef9f26bf140";
const none = parseGtidSet("");

const channel: Channel = {
  sourceUuid: MASTER,
  receiver: "ON",
  receiverError: "",
  applier: "ON",
  applierError: "",
  autoPosition: true,
  tls: true,
};
const masterPod: Pod = { name: "m", role: "mysql-master", running: true };
const slavePod: Pod = { name: "s", role: "mysql-slave", running: true };

const master = (state: Partial<MysqlState> = {}): MysqlServer => ({
  pod: masterPod,
  state: {
    serverId: 1,
    uuid: MASTER,
    readOnly: false,
    superReadOnly: false,
    channels: [],
    semiSync: "off",
    executed: parseGtidSet(`${MASTER}:1-9`),
    ...state,
  },
  missing: none,
  extra: none,
});
const slave = (state: Partial<MysqlState> = {}, sets: Partial<MysqlServer> = {}): MysqlServer => ({
  pod: slavePod,
  state: {
    ...master().state,
    serverId: 2,
    uuid: SLAVE,
    readOnly: true,
    superReadOnly: true,
    channels: [channel],
    ...state,
  },
  missing: none,
  extra: none,
  ...sets,
});
const following = (changes: Partial<Channel>) => slave({ channels: [{ ...channel, ...changes }] });

const problems = (...servers: readonly MysqlServer[]) => compareMysql(servers).flatMap((check) => check.problems);

describe("verify: MySQL servers", () => {
  it("finds nothing wrong with a master and a slave that follows", () => {
    expect(problems(master(), slave())).to.deep.equal([]);
  });

  const cases: readonly [string, MysqlServer, MysqlServer, readonly string[]][] = [
    [
      "a server-id twice",
      master(),
      slave({ serverId: 1 }),
      ["m: server-id 1 is also that of s", "s: server-id 1 is also that of m"],
    ],
    [
      "a server_uuid twice",
      master(),
      slave({ uuid: MASTER }),
      [`m: server_uuid ${MASTER} is also that of s`, `s: server_uuid ${MASTER} is also that of m`],
    ],
    ["a read-only master", master({ readOnly: true }), slave(), ["m: the master is read-only"]],
    [
      "a slave that root can write to",
      master(),
      slave({ superReadOnly: false }),
      ["s: super_read_only is off on this slave"],
    ],
    [
      "a slave of another server",
      master(),
      following({ sourceUuid: SLAVE }),
      [`s: it follows the server ${SLAVE}, not the master`],
    ],
    [
      "a stopped receiver",
      master(),
      following({ receiver: "OFF", receiverError: "access denied" }),
      ["s: the receiver is OFF: access denied"],
    ],
    ["a stopped applier", master(), following({ applier: "OFF" }), ["s: the applier is OFF"]],
    [
      "no auto-position",
      master(),
      following({ autoPosition: false }),
      ["s: replication does not position itself by GTID"],
    ],
    ["no TLS", master(), following({ tls: false }), ["s: replication is not encrypted"]],
    [
      "missing transactions",
      master(),
      slave({}, { missing: parseGtidSet(`${MASTER}:8-9`) }),
      [`s: it lacks 2 transactions of the master: ${MASTER}:8-9`],
    ],
    [
      "extra transactions, by name",
      master(),
      slave({}, { extra: parseGtidSet(`${SLAVE}:1`) }),
      [`s: it has 1 transactions that the master does not have: ${SLAVE}:1`],
    ],
  ];
  for (const [what, first, second, expected] of cases) {
    it(`finds ${what}`, () => {
      expect(problems(first, second)).to.deep.equal(expected);
    });
  }

  it("finds a slave without a channel, with two, and a master with one", () => {
    expect(problems(master(), slave({ channels: [] }))).to.include("s: no replication channel is set up");
    expect(problems(master(), slave({ channels: [channel, channel] }))).to.include(
      "s: there is more than one replication channel",
    );
    expect(problems(master({ channels: [channel] }), slave())).to.include(
      "m: the master replicates from another server",
    );
  });

  it("finds too many masters, and none, and no slave", () => {
    const of = (...pods: readonly Pod[]) => compareRoles(pods).flatMap((check) => check.problems);
    expect(of(masterPod, slavePod)).to.deep.equal([]);
    expect(of(masterPod, masterPod, slavePod)).to.deep.equal(["there are 2 pods of a master, not one"]);
    expect(of(slavePod)).to.deep.equal(["there are 0 pods of a master, not one"]);
    expect(of(masterPod)).to.deep.equal(["there is no pod of a slave"]);
  });

  it("does not blame a slave for its source when no master answers", () => {
    expect(problems(slave())).to.deep.equal([]);
  });

  it("takes semi-synchronous replication for off without its plugin", () => {
    expect(parseSemiSync([])).to.equal("off");
    expect(parseSemiSync(["Rpl_semi_sync_source_status\tOFF"])).to.equal("off");
    expect(parseSemiSync(["Rpl_semi_sync_source_status\tON"])).to.equal("on");
  });
});

/** A server that is at a position of its own at each meeting. */
interface Fake {
  /** Last transaction of each meeting's snapshot; the last one stays. */
  readonly at: readonly number[];
  /** Number of rows and checksum at each meeting. @default there is no such table */
  readonly tables?: Readonly<Record<string, readonly [number, string]>>;
  readonly engine?: string;
  /** What is executed when a table has been read. @default where the snapshot is */
  readonly after?: number;
  readonly error?: string;
}

const meetings = { count: 0 };

const fakeSession = ({ at, tables = {}, engine = "InnoDB", after, error }: Fake): MysqlSession => {
  let meeting = -1;
  let read = false;
  const position = () => {
    const last = at[Math.max(Math.min(meeting, at.length - 1), 0)] ?? 0;
    return `${MASTER}:1-${read && after !== undefined ? after : last}`;
  };
  const query = (statements: string): Promise<string[]> => {
    if (statements.includes("START TRANSACTION")) {
      meeting++;
      read = false;
      meetings.count++;
      return Promise.resolve(["0", position()]);
    }
    if (statements.includes("information_schema.TABLES")) {
      const names = Object.keys(tables);
      return Promise.resolve(names.map((name) => JSON.stringify({ schema: "d", name, snapshot: engine === "InnoDB" })));
    }
    const name = /COUNT\(\*\) FROM `d`\.`(.*?)`/.exec(statements)?.[1];
    if (name === undefined) {
      return Promise.resolve([position()]);
    }
    if (error !== undefined) {
      return Promise.reject(new CommandError(error));
    }
    read = true;
    const [rows, checksum] = tables[name] ?? [0, "NULL"];
    return Promise.resolve([String(rows), `d.${name}\t${checksum}`]);
  };
  return { query, close: () => undefined };
};

const compare = async (ofMaster: Fake, ofSlave: Fake) => {
  meetings.count = 0;
  const cluster = { mysql: (pod: Pod) => Promise.resolve(fakeSession(pod === masterPod ? ofMaster : ofSlave)) };
  const checks = await compareTables(cluster, [master(), slave()]);
  return {
    verdicts: Object.fromEntries(checks.map(({ name, verdict }) => [name, verdict])),
    problems: checks.flatMap((check) => check.problems),
    meetings: meetings.count / 2,
  };
};

describe("verify: tables under writes", () => {
  const t = { t: [2, "77"] } as const;

  it("compares at a position that all servers have in common", async () => {
    const found = await compare({ at: [9], tables: t }, { at: [9], tables: t });
    expect(found).to.deep.equal({ verdicts: { "d.t": "equal" }, problems: [], meetings: 1 });
  });

  it("tries again after a meeting that a server missed", async () => {
    const found = await compare({ at: [9, 20], tables: t }, { at: [10, 20], tables: t });
    expect(found).to.deep.equal({ verdicts: { "d.t": "equal" }, problems: [], meetings: 2 });
  });

  it("never calls tables equal when the servers never met", async () => {
    const found = await compare({ at: [9], tables: t }, { at: [10], tables: t });
    expect(found.verdicts).to.deep.equal({ tables: "unknown" });
    expect(found.problems[0]).to.contain("writes never paused long enough");
  });

  it("finds other rows, after it has seen them at several meetings", async () => {
    const found = await compare({ at: [9], tables: t }, { at: [9], tables: { t: [3, "78"] } });
    expect(found).to.deep.equal({
      verdicts: { "d.t": "differs" },
      problems: ["s: table d.t: 3 rows, 78; on the master: 2 rows, 77"],
      meetings: 3,
    });
  });

  it("finds a changed row by the checksum", async () => {
    const found = await compare({ at: [9], tables: t }, { at: [9], tables: { t: [2, "78"] } });
    expect(found.verdicts).to.deep.equal({ "d.t": "differs" });
  });

  it("finds a table that only one server has", async () => {
    const found = await compare({ at: [9], tables: t }, { at: [9], tables: { ...t, u: [1, "5"] } });
    expect(found.verdicts).to.deep.equal({ "d.t": "equal", "d.u": "differs" });
    expect(found.problems).to.deep.equal(["s: table d.u: 1 rows, 5; on the master: no such table"]);
  });

  it("compares in the snapshots while the servers move on", async () => {
    const found = await compare({ at: [9], tables: t, after: 20 }, { at: [9], tables: t, after: 15 });
    expect(found).to.deep.equal({ verdicts: { "d.t": "equal" }, problems: [], meetings: 1 });
  });

  it("reads MySQL's conditions in JSON, true or 1", () => {
    const table = (snapshot: unknown) => parseTable(JSON.stringify({ schema: "d", name: "t", snapshot })).snapshot;
    expect([true, 1, false, 0].map(table)).to.deep.equal([true, true, false, false]);
  });

  it("does not trust an engine without snapshots on a server that moved", async () => {
    const moving = { at: [9], tables: t, engine: "MyISAM" };
    expect((await compare(moving, { ...moving, after: 10 })).verdicts).to.deep.equal({ "d.t": "unknown" });
    expect((await compare(moving, moving)).verdicts).to.deep.equal({ "d.t": "equal" });
  });

  it("gives up on a table that cannot be read, and says why", async () => {
    const found = await compare({ at: [9], tables: t }, { at: [9], tables: t, error: "ERROR 1034: broken" });
    expect(found.verdicts).to.deep.equal({ "d.t": "unknown" });
    expect(found.problems).to.deep.equal(["table d.t: not compared: ERROR 1034: broken"]);
  });

  it("compares nothing without a slave", async () => {
    const [check] = await compareTables({ mysql: () => Promise.reject(new Error("not asked")) }, [master()]);
    expect(check?.verdict).to.equal("unknown");
  });

  it("places a meeting where the writes will be", () => {
    const pace = new Pace(MASTER);
    const set = (last: number) => parseGtidSet(`${MASTER}:1-${last}`);
    expect(pace.next(set(100), 1000, 0.5)).to.deep.equal(set(100));
    expect(pace.next(set(300), 2000, 0.5)).to.deep.equal(set(400));
    expect(pace.next(set(300), 3000, 0.5)).to.deep.equal(set(300));
  });
});

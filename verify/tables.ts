/**
 * Compares the tables of all servers while the master takes writes.
 *
 * Hoping for a pause in the writes is no way on a busy master, and stopping the slaves or locking tables none for a tool
 * that only reads. Instead the servers meet: each waits, by itself, for the same transaction of the near future
 * (WAIT_FOR_EXECUTED_GTID_SET) and opens a consistent snapshot at once. Snapshots whose servers then still show the same
 * gtid_executed hold the same transactions, and are compared at leisure: reads in a snapshot block no write, and no
 * write changes what they see. CHECKSUM TABLE reads from the snapshot as SELECT does. A meeting that some server missed
 * by a commit is tried again. Tables of engines without snapshots count only when the server stood still meanwhile.
 *
 * Each table is read after a savepoint that is gone back to: that gives up its metadata lock, so that a change of the
 * table's definition waits for one table's reading, not for all.
 */
import { Cluster, MysqlSession } from "./cluster";
import { advance, formatGtidSet, GtidSet, isEqual, parseGtidSet, subtract } from "./gtid";
import { isMaster, MysqlServer } from "./mysqlCompare";
import { GTID_EXECUTED } from "./mysqlRead";
import { CommandError } from "./process";
import { Check, overall } from "./report";
import { TableState, Tally } from "./tally";

/** How often the servers try to meet. */
const MEETINGS = 40;
/** How far ahead the place of a meeting lies: time for the word to reach all servers. */
const AHEAD_SECONDS = 0.3;
/** How long a server waits there when the writes have paused. */
const PATIENCE_SECONDS = 2;
/** For one table; beyond that the connection is taken for dead. */
const TABLE_SECONDS = 3600;

const TABLES = `
SELECT JSON_OBJECT('schema', TABLE_SCHEMA, 'name', TABLE_NAME, 'snapshot', ENGINE = 'InnoDB')
FROM information_schema.TABLES
WHERE TABLE_TYPE = 'BASE TABLE'
  AND TABLE_SCHEMA NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')
ORDER BY TABLE_SCHEMA, TABLE_NAME;`;

interface Table {
  readonly schema: string;
  readonly name: string;
  /** Whether its engine has snapshots. */
  readonly snapshot: boolean;
}

/** A server's session in a snapshot. */
interface Guest {
  readonly session: MysqlSession;
  /** Where the snapshot was taken, without what only this server has. */
  readonly position: GtidSet;
  /** By full name. */
  readonly tables: ReadonlyMap<string, Table>;
}

const quoted = (name: string): string => `\`${name.replaceAll("`", "``")}\``;

const executed = async (session: MysqlSession, { extra }: MysqlServer): Promise<GtidSet> =>
  subtract(parseGtidSet((await session.query(GTID_EXECUTED)).join("")), extra);

async function arrive(session: MysqlSession, server: MysqlServer, place: GtidSet): Promise<Guest> {
  const [, position = ""] = await session.query(
    `ROLLBACK; SELECT WAIT_FOR_EXECUTED_GTID_SET('${formatGtidSet(place)}', ${PATIENCE_SECONDS});
START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY; ${GTID_EXECUTED}`,
  );
  const lines = await session.query(TABLES);
  const tables = lines.map((line) => JSON.parse(line) as { schema: string; name: string; snapshot: number });
  return {
    session,
    position: subtract(parseGtidSet(position), server.extra),
    tables: new Map(
      tables.map((table) => [`${table.schema}.${table.name}`, { ...table, snapshot: table.snapshot === 1 }]),
    ),
  };
}

/** A table's state in the snapshot. */
async function read({ session }: Guest, { schema, name }: Table): Promise<TableState> {
  const table = `${quoted(schema)}.${quoted(name)}`;
  const [rows = "", checksum = ""] = await session.query(
    `SAVEPOINT one; SELECT COUNT(*) FROM ${table}; CHECKSUM TABLE ${table}; ROLLBACK TO SAVEPOINT one;`,
    TABLE_SECONDS,
  );
  return { rows, checksum: checksum.slice(checksum.lastIndexOf("\t") + 1) };
}

/** Reads a table on all servers; undefined when the states are not of one position. */
async function readAll(servers: readonly MysqlServer[], guests: readonly Guest[], name: string) {
  const states = await Promise.all(
    guests.map(async (guest, index): Promise<{ state: TableState | undefined; valid: boolean }> => {
      const table = guest.tables.get(name);
      const server = servers[index];
      if (table === undefined || server === undefined) {
        return { state: undefined, valid: true };
      }
      const state = await read(guest, table);
      const valid = table.snapshot || isEqual(await executed(guest.session, server), guest.position);
      // A table that was dropped or altered after the snapshot has no checksum in it.
      return { state, valid: valid && state.checksum !== "NULL" };
    }),
  );
  return states.every(({ valid }) => valid) ? states.map(({ state }) => state) : undefined;
}

/** How fast transactions come at the master, to place the next meeting. */
class Pace {
  private last: { readonly at: number; readonly set: GtidSet } | undefined;

  constructor(private readonly master: string) {}

  /** Where the servers meet next, given what the master has now. */
  next(set: GtidSet, now: number): GtidSet {
    const since = this.last;
    this.last = { at: now, set };
    if (since === undefined) {
      return set;
    }
    const made = Number([...subtract(set, since.set).values()].flat().reduce((sum, [a, b]) => sum + b - a + 1n, 0n));
    const perSecond = made / Math.max((now - since.at) / 1000, 0.001);
    return advance(set, this.master, BigInt(Math.ceil(perSecond * AHEAD_SECONDS)));
  }
}

/**
 * Compares the tables of the master, who comes first, with those of slaves that have all that it has.
 */
export async function compareTables(cluster: Cluster, servers: readonly MysqlServer[]): Promise<Check[]> {
  const [master] = servers;
  if (master === undefined || !isMaster(master.pod) || servers.length === 1) {
    return [overall("tables", "unknown", "tables: not compared, there are no two servers to compare")];
  }
  const tally = new Tally();
  const pace = new Pace(master.state.uuid);
  let names: string[] = [];
  let known = false;
  let why = "";
  let sessions: MysqlSession[] = [];
  const close = () => {
    for (const session of sessions) {
      session.close();
    }
    sessions = [];
  };
  try {
    for (let meeting = 0; meeting < MEETINGS && !(known && names.every((name) => tally.settled(name))); meeting++) {
      try {
        if (sessions.length === 0) {
          sessions = await Promise.all(servers.map(({ pod }) => cluster.mysql(pod)));
        }
        const open = sessions;
        const [first] = open;
        if (first === undefined) {
          break;
        }
        const place = pace.next(await executed(first, master), Date.now());
        const guests = await Promise.all(servers.map((server, index) => arrive(open[index] ?? first, server, place)));
        if (guests.some(({ position }) => !isEqual(position, guests[0]?.position ?? new Map()))) {
          why = "the writes left the servers no common position";
          continue;
        }
        names = [...new Set(guests.flatMap(({ tables }) => [...tables.keys()]))].sort();
        known = true;
        for (const name of names.filter((one) => !tally.settled(one))) {
          const states = await readAll(servers, guests, name);
          if (states === undefined) {
            why = "it changed while it was read";
          } else {
            tally.add(name, states);
          }
        }
      } catch (error) {
        if (!(error instanceof CommandError)) {
          throw error;
        }
        // A table that was dropped meanwhile, or a server that ended.
        why = error.message;
        close();
      }
    }
  } finally {
    close();
  }
  return known
    ? tally.checks(
        servers.map(({ pod }) => pod.name),
        names,
        why,
      )
    : [overall("tables", "unknown", `tables: not compared: ${why}`)];
}

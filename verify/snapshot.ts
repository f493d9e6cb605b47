/**
 * A server's tables in a consistent snapshot, and the position of the snapshot.
 *
 * Each table is read after a savepoint that is gone back to: that gives up its metadata lock, so that a change of the
 * table's definition waits for one table's reading, not for all.
 */
import { MysqlSession } from "./cluster";
import { formatGtidSet, GtidSet, isEqual, parseGtidSet, subtract } from "./gtid";
import { MysqlServer } from "./mysqlCompare";
import { GTID_EXECUTED } from "./mysqlRead";
import { TableState } from "./tally";

/** How long a server waits for the others' position when the writes have paused. */
const PATIENCE_SECONDS = 4;
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

/** MySQL writes a condition into JSON as true or as 1. */
export function parseTable(line: string): Table {
  const { schema, name, snapshot } = JSON.parse(line) as { schema: string; name: string; snapshot: boolean | 0 | 1 };
  return { schema, name, snapshot: Boolean(snapshot) };
}

/** A server's session in a snapshot. */
export interface Guest {
  readonly session: MysqlSession;
  /** Where the snapshot was taken, without what only this server has. */
  readonly position: GtidSet;
  /** By full name. */
  readonly tables: ReadonlyMap<string, Table>;
}

const quoted = (name: string): string => `\`${name.replaceAll("`", "``")}\``;

/** What a server has, without what only it has. */
export const executed = async (session: MysqlSession, { extra }: MysqlServer): Promise<GtidSet> =>
  subtract(parseGtidSet((await session.query(GTID_EXECUTED)).join("")), extra);

/** Waits for a position and opens a snapshot at once. */
export async function arrive(session: MysqlSession, server: MysqlServer, place: GtidSet): Promise<Guest> {
  const [, position = ""] = await session.query(
    `ROLLBACK; SELECT WAIT_FOR_EXECUTED_GTID_SET('${formatGtidSet(place)}', ${PATIENCE_SECONDS});
START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY; ${GTID_EXECUTED}`,
  );
  const lines = await session.query(TABLES);
  return {
    session,
    position: subtract(parseGtidSet(position), server.extra),
    tables: new Map(lines.map(parseTable).map((table) => [`${table.schema}.${table.name}`, table])),
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
export async function readAll(servers: readonly MysqlServer[], guests: readonly Guest[], name: string) {
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

/**
 * Compares the tables of all servers while the master takes writes.
 *
 * Hoping for a pause in the writes is no way on a busy master, and stopping the slaves or locking tables none for a tool
 * that only reads. Instead the servers meet: each waits, by itself, for the same transaction of the near future
 * (WAIT_FOR_EXECUTED_GTID_SET) and opens a consistent snapshot at once, in one request. Snapshots whose servers then
 * still show the same gtid_executed hold the same transactions, and are compared at leisure: reads in a snapshot block
 * no write, and no write changes what they see. CHECKSUM TABLE reads from the snapshot as SELECT does. A meeting that some server missed
 * by a commit is tried again. Tables of engines without snapshots count only when the server stood still meanwhile.
 */
import { Cluster, MysqlSession } from "./cluster";
import { advance, count, GtidSet, isEqual, subtract } from "./gtid";
import { MysqlServer } from "./mysqlCompare";
import { isMaster } from "./pods";
import { CommandError } from "../command/process";
import { Check, overall } from "./report";
import { arrive, executed, readAll } from "./snapshot";
import { Tally } from "./tally";

/** How often the servers try to meet. */
const MEETINGS = 20;
/** How much farther ahead each meeting lies than the one that was missed: the word takes its time to all servers. */
const STEP_SECONDS = 0.25;
const FARTHEST_SECONDS = 2;
/** How often a connection may be lost, by a table that was dropped meanwhile or a server that ended. */
const LOSSES = 3;

/** How fast transactions come at the master, to place the next meeting. */
export class Pace {
  private last: { readonly at: number; readonly set: GtidSet } | undefined;

  /** @param origin the master's server_uuid */
  constructor(private readonly origin: string) {}

  /** What the master will have `ahead` seconds after `now` (in milliseconds), when it has `set`. */
  next(set: GtidSet, now: number, ahead: number): GtidSet {
    const last = this.last ?? { at: now, set };
    this.last = { at: now, set };
    const perSecond = Number(count(subtract(set, last.set))) / Math.max((now - last.at) / 1000, 0.001);
    return advance(set, this.origin, BigInt(Math.ceil(perSecond * ahead)));
  }
}

/** Lets the servers meet until all tables are settled, or the meetings are used up. */
class Comparison {
  private readonly tally = new Tally();
  private readonly pace: Pace;
  /** The tables of the last meeting. @default they never met */
  private tables: readonly string[] | undefined;
  /** Why not everything is settled yet. */
  private why = "";
  private sessions: readonly MysqlSession[] = [];

  constructor(
    private readonly cluster: Pick<Cluster, "mysql">,
    private readonly servers: readonly MysqlServer[],
    master: MysqlServer,
  ) {
    this.pace = new Pace(master.state.uuid);
  }

  async run(): Promise<Check[]> {
    let losses = 0;
    for (let meeting = 0; meeting < MEETINGS && losses < LOSSES && !this.settled(); meeting++) {
      try {
        await this.meet(Math.min(meeting * STEP_SECONDS, FARTHEST_SECONDS));
      } catch (error) {
        if (!(error instanceof CommandError)) {
          throw error;
        }
        losses++;
        this.why = error.message;
        this.close();
      }
    }
    this.close();
    return this.tables === undefined
      ? [overall("tables", "unknown", `tables: not compared: ${this.why}`)]
      : this.tally.checks(
          this.servers.map(({ pod }) => pod.name),
          this.tables,
          this.why,
        );
  }

  private settled(): boolean {
    return this.tables?.every((table) => this.tally.settled(table)) ?? false;
  }

  private async meet(ahead: number): Promise<void> {
    if (this.sessions.length === 0) {
      this.sessions = await Promise.all(this.servers.map(({ pod }) => this.cluster.mysql(pod)));
    }
    const pairs = this.servers.flatMap((server, index) => {
      const session = this.sessions[index];
      return session === undefined ? [] : [{ server, session }];
    });
    const [master] = pairs;
    if (master === undefined) {
      return;
    }
    const place = this.pace.next(await executed(master.session, master.server), Date.now(), ahead);
    const guests = await Promise.all(pairs.map(({ server, session }) => arrive(session, server, place)));
    const [first, ...others] = guests;
    if (first === undefined || !others.every(({ position }) => isEqual(position, first.position))) {
      this.why = `the servers were at no common position in ${MEETINGS} tries, and the writes never paused long enough`;
      return;
    }
    this.tables = [...new Set(guests.flatMap(({ tables }) => [...tables.keys()]))].sort();
    for (const table of this.tables.filter((one) => !this.tally.settled(one))) {
      const states = await readAll(this.servers, guests, table);
      if (states === undefined) {
        this.why = "it changed while it was read";
      } else {
        this.tally.add(table, states);
      }
    }
  }

  private close(): void {
    for (const session of this.sessions) {
      session.close();
    }
    this.sessions = [];
  }
}

/** Compares the tables of the master, who comes first, with those of slaves that have all that it has. */
export async function compareTables(
  cluster: Pick<Cluster, "mysql">,
  servers: readonly MysqlServer[],
): Promise<Check[]> {
  const [master, slave] = servers;
  return master === undefined || !isMaster(master.pod) || slave === undefined || isMaster(slave.pod)
    ? [overall("tables", "unknown", "tables: not compared, there are no master and slave at the same position")]
    : new Comparison(cluster, servers, master).run();
}

/** Counts what tables were found to be on all servers at common positions. */
import { Cell, check, Check, overall } from "./report";

/** A table on one server. @default undefined: there is no such table */
export interface TableState {
  readonly rows: string;
  readonly checksum: string;
}

/** The state of a table on each server, in the order of the servers. */
export type TableStates = readonly (TableState | undefined)[];

/**
 * How often a table must differ, each time at another common position, before it does. A server shows a transaction in
 * its tables a moment before it shows it in gtid_executed, so one difference under writes may be of that moment.
 */
export const CONFIRMATIONS = 3;

const same = (states: TableStates): boolean =>
  states.every((state) => state?.rows === states[0]?.rows && state?.checksum === states[0]?.checksum);

export class Tally {
  private readonly seen = new Map<string, { readonly states: TableStates; readonly differed: number }>();

  /** Takes in what a table was at a common position. */
  add(table: string, states: TableStates): void {
    const differed = same(states) ? 0 : (this.seen.get(table)?.differed ?? 0) + 1;
    this.seen.set(table, { states, differed });
  }

  /** Whether nothing more has to be known of a table. */
  settled(table: string): boolean {
    const differed = this.seen.get(table)?.differed;
    return differed === 0 || differed === CONFIRMATIONS;
  }

  /** A check for each table. `names` are the servers' and the first is the master's; `why` a table was not compared. */
  checks(names: readonly string[], tables: readonly string[], why: string): Check[] {
    return tables.map((table) => {
      const found = this.seen.get(table);
      if (found === undefined || !this.settled(table)) {
        return overall(table, "unknown", `table ${table}: not compared: ${why}`);
      }
      const [master, ...slaves] = found.states;
      return check(table, names, [{ text: shown(master) }, ...slaves.map((slave) => cellOf(table, master, slave))]);
    });
  }
}

const shown = (state: TableState | undefined): string =>
  state === undefined ? "no such table" : `${state.rows} rows, ${state.checksum}`;

const cellOf = (table: string, master: TableState | undefined, slave: TableState | undefined): Cell => {
  if (same([master, slave])) {
    return { text: "the same" };
  }
  const text = shown(slave);
  return { text, problem: `table ${table}: ${text}; on the master: ${shown(master)}` };
};

import { markdown } from "../support/table";

/** What one drill showed about one database. */
export interface Result {
  readonly drill: string;
  readonly database: string;
  /** Acknowledged during the drill. */
  readonly writes: number;
  readonly lost: number;
  /** Longest time without an acknowledged write, in seconds. */
  readonly gap: number;
  readonly reads: number;
  /** Reads of which the first attempt failed. */
  readonly retried: number;
  /** Reads of which every attempt failed. */
  readonly failed: number;
  /** From the fault until all pods were ready and each slave had caught up, in seconds. */
  readonly whole: number;
  readonly note: string;
}

const COLUMNS: readonly (readonly [heading: string, cell: (result: Result) => string])[] = [
  ["drill", ({ drill }) => drill],
  ["database", ({ database }) => database],
  ["writes", ({ writes }) => String(writes)],
  ["lost", ({ lost }) => String(lost)],
  ["longest gap", ({ gap }) => `${gap.toFixed(1)} s`],
  ["reads", ({ reads }) => String(reads)],
  ["tried again", ({ retried }) => String(retried)],
  ["failed", ({ failed }) => String(failed)],
  ["whole after", ({ whole }) => `${whole.toFixed(0)} s`],
  ["note", ({ note }) => note],
];

/** The results as a table. */
export const table = (results: readonly Result[]): string =>
  markdown([COLUMNS.map(([heading]) => heading), ...results.map((result) => COLUMNS.map(([, cell]) => cell(result)))]);

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) {
    throw new Error("no values to take the median of");
  }
  return sorted.length % 2 === 1 ? middle : (middle + (sorted[sorted.length / 2] ?? middle)) / 2;
};

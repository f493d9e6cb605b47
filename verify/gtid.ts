/**
 * Sets of MySQL's global transaction identifiers, as in @@GLOBAL.gtid_executed: `uuid:1-5:7,uuid2:1`, and with the
 * tags of MySQL 8.3 and later `uuid:1-5:tag:1-3`.
 */

/** First and last number, both included. They go up to 2^63 - 2, which a JavaScript number does not hold. */
type Interval = readonly [bigint, bigint];

/** Sorted intervals that do not touch, by origin: `uuid` or `uuid:tag`. */
export type GtidSet = ReadonlyMap<string, readonly Interval[]>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TAG = /^[a-z_][a-z0-9_]{0,31}$/;
const INTERVAL = /^([1-9][0-9]*)(?:-([1-9][0-9]*))?$/;

const merged = (intervals: readonly Interval[]): Interval[] => {
  const result: [bigint, bigint][] = [];
  for (const [first, last] of [...intervals].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    const previous = result.at(-1);
    if (previous !== undefined && first <= previous[1] + 1n) {
      previous[1] = last > previous[1] ? last : previous[1];
    } else {
      result.push([first, last]);
    }
  }
  return result;
};

/**
 * Reads a set as MySQL prints it; line breaks and spaces do not matter.
 * @throws Error with the part that is no set
 */
export function parseGtidSet(text: string): GtidSet {
  const found = new Map<string, Interval[]>();
  for (const part of text.replace(/\s/g, "").toLowerCase().split(",")) {
    if (part === "") {
      continue;
    }
    const [uuid = "", ...pieces] = part.split(":");
    if (!UUID.test(uuid) || pieces.length === 0) {
      throw new Error(`not a set of GTIDs: ${part}`);
    }
    let origin = uuid;
    for (const piece of pieces) {
      const [, first, last = first] = INTERVAL.exec(piece) ?? [];
      if (first !== undefined && last !== undefined && BigInt(first) <= BigInt(last)) {
        found.set(origin, [...(found.get(origin) ?? []), [BigInt(first), BigInt(last)]]);
      } else if (TAG.test(piece)) {
        origin = `${uuid}:${piece}`;
      } else {
        throw new Error(`not a set of GTIDs: ${part}`);
      }
    }
  }
  return new Map([...found].map(([origin, intervals]) => [origin, merged(intervals)]));
}

/** The set as text that MySQL reads, on one line. */
export const formatGtidSet = (set: GtidSet): string =>
  [...set]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([origin, intervals]) =>
      [origin, ...intervals.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`))].join(":"),
    )
    .join(",");

const without = (intervals: readonly Interval[], taken: readonly Interval[]): Interval[] =>
  taken.reduce<Interval[]>(
    (left, [from, to]) =>
      left.flatMap(([first, last]) => {
        if (to < first || last < from) {
          return [[first, last]];
        }
        const rest: Interval[] = [];
        if (first < from) {
          rest.push([first, from - 1n]);
        }
        if (to < last) {
          rest.push([to + 1n, last]);
        }
        return rest;
      }),
    [...intervals],
  );

/** What is in `set` and not in `taken`. */
export const subtract = (set: GtidSet, taken: GtidSet): GtidSet =>
  new Map(
    [...set]
      .map(([origin, intervals]): [string, Interval[]] => [origin, without(intervals, taken.get(origin) ?? [])])
      .filter(([, intervals]) => intervals.length > 0),
  );

/** What is in both. */
export const intersect = (a: GtidSet, b: GtidSet): GtidSet => subtract(a, subtract(a, b));

/** Whether everything in `part` is in `whole`. */
export const isSubset = (part: GtidSet, whole: GtidSet): boolean => subtract(part, whole).size === 0;

/** Whether both hold the same. */
export const isEqual = (a: GtidSet, b: GtidSet): boolean => isSubset(a, b) && isSubset(b, a);

/** Number of transactions. */
export const count = (set: GtidSet): bigint =>
  [...set.values()].flat().reduce((sum, [first, last]) => sum + last - first + 1n, 0n);

/** The set when its origin has committed so many transactions more. */
export const advance = (set: GtidSet, origin: string, transactions: bigint): GtidSet => {
  if (transactions === 0n) {
    return set;
  }
  const intervals = set.get(origin) ?? [];
  const next = (intervals.at(-1)?.[1] ?? 0n) + 1n;
  return new Map([...set, [origin, merged([...intervals, [next, next + transactions - 1n]])]]);
};

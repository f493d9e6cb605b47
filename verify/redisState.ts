/** Reads what Redis servers print. */

/** A moment of a server: INFO answers in one step, so the numbers of keys belong to the offset. */
export interface RedisMoment {
  /** `master` or `slave`. */
  readonly role: string;
  /** Name of the history that the offset counts in. */
  readonly history: string;
  /** Bytes of the replication stream: sent by a master, applied by a slave. */
  readonly offset: number;
  /** Whether a slave hears from its master. */
  readonly linkUp: boolean;
  /** Whether a slave refuses writes. */
  readonly readOnly: boolean;
  /** Number of keys by database, e.g. db0. */
  readonly keys: Readonly<Record<string, number>>;
}

export interface RedisState extends RedisMoment {
  /** Code of the function libraries named history_*, by name. */
  readonly libraries: Readonly<Record<string, string>>;
}

/** Reads what `INFO replication keyspace` prints. */
export function parseInfo(text: string): RedisMoment {
  const fields = new Map(
    text
      .split(/\r?\n/)
      .filter((line) => line.includes(":"))
      .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]),
  );
  const role = fields.get("role");
  const offset = fields.get(role === "slave" ? "slave_repl_offset" : "master_repl_offset");
  if (role === undefined || offset === undefined) {
    throw new Error(`not what INFO prints: ${text.trim().slice(0, 200)}`);
  }
  return {
    role,
    history: fields.get("master_replid") ?? "",
    offset: Number(offset),
    linkUp: fields.get("master_link_status") === "up",
    readOnly: fields.get("slave_read_only") === "1",
    keys: Object.fromEntries(
      [...fields]
        .filter(([field]) => /^db[0-9]+$/.test(field))
        .map(([field, value]) => [field, Number(/^keys=([0-9]+)/.exec(value)?.[1])]),
    ),
  };
}

/** Reads the moments of several `INFO replication keyspace`, one after the other. */
export const parseMoments = (text: string): RedisMoment[] =>
  text
    .split("# Replication")
    .slice(1)
    .map((part) => parseInfo(part));

/** An answer of names and values in turn is a map in the older protocol. */
const mapOf = (answer: readonly unknown[] | Readonly<Record<string, unknown>>): Map<unknown, unknown> =>
  Array.isArray(answer)
    ? new Map(answer.flatMap((name: unknown, index) => (index % 2 === 0 ? [[name, answer[index + 1] as unknown]] : [])))
    : new Map(Object.entries(answer));

/** Reads what `redis-cli --json FUNCTION LIST WITHCODE` prints: the code by the library's name. */
export const parseLibraries = (text: string): Record<string, string> =>
  Object.fromEntries(
    (JSON.parse(text) as Parameters<typeof mapOf>[0][])
      .map(mapOf)
      .map((library) => [String(library.get("library_name")), String(library.get("library_code"))]),
  );

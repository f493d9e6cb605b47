/** What the states of Redis servers have to be beside each other. */
import { isMaster, Pod } from "./pods";
import { RedisMoment, RedisState } from "./redisState";
import { Cell, check, Check, overall } from "./report";

/** A slave's keys beside its master's, at one offset. */
export interface KeysAtOffset {
  readonly master: RedisMoment["keys"];
  readonly own: RedisMoment["keys"];
}

export interface RedisServer {
  readonly pod: Pod;
  readonly state: RedisState;
  /** What the master's offset was before the wait, and its history. @default it is the master, or there is not one */
  readonly target?: Pick<RedisMoment, "offset" | "history">;
  /** @default none was found */
  readonly keys?: KeysAtOffset;
}

const OK = (text: string): Cell => ({ text });

const role = ({ pod, state }: RedisServer): Cell =>
  state.role === (isMaster(pod) ? "master" : "slave")
    ? OK(state.role)
    : { text: state.role, problem: `its role is ${state.role}` };

const link = ({ pod, state }: RedisServer): Cell =>
  isMaster(pod) ? OK("-") : state.linkUp ? OK("up") : { text: "down", problem: "the link to the master is down" };

const writes = ({ pod, state }: RedisServer): Cell =>
  isMaster(pod)
    ? OK("-")
    : state.readOnly
      ? OK("read-only")
      : { text: "takes writes", problem: "replica-read-only is off on this slave" };

const offset = ({ state, target }: RedisServer): Cell => {
  const text = String(state.offset);
  if (target === undefined) {
    return OK(text);
  }
  if (state.history !== target.history) {
    return { text, problem: "it follows another history than the master's (master_replid)" };
  }
  return state.offset >= target.offset
    ? OK(text)
    : { text, problem: `it is ${target.offset - state.offset} bytes of the stream behind` };
};

const shownKeys = (keys: RedisMoment["keys"]): string =>
  Object.entries(keys)
    .map(([database, number]) => `${database}: ${number}`)
    .join(", ") || "none";

/** The numbers of keys of each slave beside the master's at the same offset. */
function keys(servers: readonly RedisServer[]): Check {
  const names = servers.map(({ pod }) => pod.name);
  const without = servers.filter(({ pod, keys: found }) => !isMaster(pod) && found === undefined);
  const cells = servers.map(({ pod, state, keys: found }): Cell => {
    if (isMaster(pod)) {
      return OK(shownKeys(state.keys));
    }
    if (found === undefined) {
      return OK("?");
    }
    const own = shownKeys(found.own);
    const master = shownKeys(found.master);
    return own === master ? OK("the same") : { text: own, problem: `keys are ${own}; on the master: ${master}` };
  });
  const compared = check("keys", names, cells);
  return compared.verdict === "differs" || without.length === 0
    ? compared
    : {
        ...compared,
        verdict: "unknown",
        problems: without.map(
          ({ pod }) => `${pod.name}: keys not compared: it was never seen at an offset of the master`,
        ),
      };
}

function libraries(servers: readonly RedisServer[]): Check {
  const of = ({ state }: RedisServer) => JSON.stringify(Object.entries(state.libraries).sort());
  const master = servers.find(({ pod }) => isMaster(pod));
  return check(
    "libraries history_*",
    servers.map(({ pod }) => pod.name),
    servers.map((server) => {
      const text = Object.keys(server.state.libraries).sort().join(", ") || "none";
      return master === undefined || of(server) === of(master)
        ? OK(text)
        : { text, problem: `its function libraries history_* are not the master's: ${text}` };
    }),
  );
}

/** All checks of the servers that answer. */
export function compareRedis(servers: readonly RedisServer[]): Check[] {
  const each = (name: string, of: (server: RedisServer) => Cell) =>
    check(
      name,
      servers.map(({ pod }) => pod.name),
      servers.map(of),
    );
  return [
    each("role", role),
    each("link", link),
    each("writes", writes),
    each("offset", offset),
    ...(servers.some(({ pod }) => isMaster(pod))
      ? [keys(servers), libraries(servers)]
      : [overall("keys", "unknown", "keys: not compared, no master answers")]),
  ];
}

/** The keys of a slave and of its master at the last offset that both were seen at. */
export function atCommonOffset(master: readonly RedisMoment[], own: readonly RedisMoment[]): KeysAtOffset | undefined {
  const at = (moment: RedisMoment) => `${moment.history} ${moment.offset}`;
  const seen = new Map(master.map((moment) => [at(moment), moment]));
  const common = own.findLast((moment) => seen.has(at(moment)));
  const there = common && seen.get(at(common));
  return common && there && { master: there.keys, own: common.keys };
}

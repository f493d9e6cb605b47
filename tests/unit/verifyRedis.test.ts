import { expect } from "chai";

import { Pod } from "../../verify/pods";
import { atCommonOffset, compareRedis, RedisServer } from "../../verify/redisCompare";
import { parseInfo, parseLibraries, parseMoments, RedisMoment, RedisState } from "../../verify/redisState";

const HISTORY = "cd1b7c105329f5a48c509206ef3eccb3766f997a";

const info = (role: string, offset: number, keys: string) =>
  [
    "# Replication",
    `role:${role}`,
    ...(role === "slave" ? ["master_link_status:up", `slave_repl_offset:${offset}`, "slave_read_only:1"] : []),
    `master_replid:${HISTORY}`,
    `master_repl_offset:${offset + (role === "slave" ? 7 : 0)}`,
    "# Keyspace",
    keys,
    "",
  ].join("\r\n");

const moment = (changes: Partial<RedisMoment> = {}): RedisMoment => ({
  role: "slave",
  history: HISTORY,
  offset: 100,
  linkUp: true,
  readOnly: true,
  keys: { db0: 3 },
  ...changes,
});

const state = (changes: Partial<RedisState> = {}): RedisState => ({
  ...moment(),
  libraries: { history_1: "a" },
  ...changes,
});
const masterPod: Pod = { name: "m", role: "redis-master", running: true };
const master = (changes: Partial<RedisState> = {}): RedisServer => ({
  pod: masterPod,
  state: state({ role: "master", ...changes }),
});
const slave = (changes: Partial<RedisState> = {}, more: Partial<RedisServer> = {}): RedisServer => ({
  pod: { name: "s", role: "redis-slave", running: true },
  state: state(changes),
  target: { offset: 100, history: HISTORY },
  keys: { master: { db0: 3 }, own: { db0: 3 } },
  ...more,
});

const problems = (...servers: readonly RedisServer[]) => compareRedis(servers).flatMap((check) => check.problems);

describe("verify: Redis servers", () => {
  it("reads INFO of a master and of a slave, who counts what it applied", () => {
    expect(parseInfo(info("master", 100, "db0:keys=3,expires=1,avg_ttl=0"))).to.deep.equal(
      moment({ role: "master", linkUp: false, readOnly: false }),
    );
    expect(parseInfo(info("slave", 100, "db0:keys=3,expires=1,avg_ttl=0"))).to.deep.equal(moment());
    expect(() => parseInfo("LOADING Redis is loading the dataset in memory")).to.throw("LOADING");
  });

  it("reads a series of INFO", () => {
    const series = info("slave", 1, "db0:keys=1") + info("slave", 2, "db1:keys=2");
    expect(parseMoments(series).map(({ offset, keys }) => [offset, keys])).to.deep.equal([
      [1, { db0: 1 }],
      [2, { db1: 2 }],
    ]);
  });

  it("reads libraries of either protocol", () => {
    const library = { library_name: "history_1", library_code: "a" };
    expect(parseLibraries(JSON.stringify([library]))).to.deep.equal({ history_1: "a" });
    expect(parseLibraries(JSON.stringify([Object.entries(library).flat()]))).to.deep.equal({ history_1: "a" });
    expect(parseLibraries("[]")).to.deep.equal({});
  });

  it("finds nothing wrong with a master and a slave that follows", () => {
    expect(problems(master(), slave())).to.deep.equal([]);
  });

  const cases: readonly [string, RedisServer, RedisServer, string][] = [
    ["a master that is a slave", master({ role: "slave" }), slave(), "m: its role is slave"],
    ["a slave that is a master", master(), slave({ role: "master" }), "s: its role is master"],
    ["a link that is down", master(), slave({ linkUp: false }), "s: the link to the master is down"],
    ["a writable slave", master(), slave({ readOnly: false }), "s: replica-read-only is off on this slave"],
    ["a slave that is behind", master(), slave({ offset: 60 }), "s: it is 40 bytes of the stream behind"],
    [
      "a slave of another history",
      master(),
      slave({ history: "x" }),
      "s: it follows another history than the master's (master_replid)",
    ],
    [
      "missing keys",
      master(),
      slave({}, { keys: { master: { db0: 3 }, own: { db0: 2 } } }),
      "s: keys are db0: 2; on the master: db0: 3",
    ],
    [
      "a library with other code",
      master(),
      slave({ libraries: { history_1: "b" } }),
      "s: its function libraries history_* are not the master's: history_1",
    ],
    [
      "a library that is not there",
      master(),
      slave({ libraries: {} }),
      "s: its function libraries history_* are not the master's: none",
    ],
  ];
  for (const [what, first, second, expected] of cases) {
    it(`finds ${what}`, () => {
      expect(problems(first, second)).to.deep.equal([expected]);
    });
  }

  it("says when keys could not be compared", () => {
    const { pod, state: own, target } = slave();
    const unmatched = { pod, state: own, ...(target === undefined ? {} : { target }) };
    const check = compareRedis([master(), unmatched]).find(({ name }) => name === "keys");
    expect(check?.verdict).to.equal("unknown");
    expect(compareRedis([slave()]).some(({ verdict }) => verdict === "unknown")).to.equal(true);
  });

  it("compares keys at an offset that both were seen at, of the same history only", () => {
    const at = (offset: number, db0: number, history = HISTORY) => moment({ offset, history, keys: { db0 } });
    expect(atCommonOffset([at(1, 1), at(3, 3), at(5, 5)], [at(2, 2), at(3, 9), at(4, 4)])).to.deep.equal({
      master: { db0: 3 },
      own: { db0: 9 },
    });
    expect(atCommonOffset([at(1, 1)], [at(2, 2)])).to.equal(undefined);
    expect(atCommonOffset([at(1, 1)], [at(1, 1, "other")])).to.equal(undefined);
  });
});

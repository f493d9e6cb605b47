import { expect } from "chai";

import { judgeMysql, judgeRedis, MysqlServer, RedisServer } from "../drills/judge/compare";
import { Trace } from "../drills/load/trace";
import { median, Result, table } from "../drills/results";

const ACKNOWLEDGED = new Set([1, 2, 3]);

describe("the drills' judge of MySQL", () => {
  const master: MysqlServer = {
    name: "master",
    // A write that was made and not acknowledged may be there.
    ids: new Set([1, 2, 3, 4]),
    checksums: "form.ledger 17",
    executed: "a:1-4",
    serverId: "1",
    uuid: "a",
    superReadOnly: false,
  };
  const slave: MysqlServer = { ...master, name: "slave", serverId: "2", uuid: "b", superReadOnly: true };
  const judge = (changes: { readonly master?: Partial<MysqlServer>; readonly slave?: Partial<MysqlServer> }) =>
    judgeMysql(ACKNOWLEDGED, { ...master, ...changes.master }, [{ ...slave, ...changes.slave }]);

  it("finds nothing where all is there", () => {
    expect(judge({})).to.deep.equal({ lost: new Set(), problems: [] });
  });

  it("counts a write that the master lost", () => {
    const { lost, problems } = judge({ master: { ids: new Set([1, 3]) } });
    expect([...lost]).to.deep.equal([2]);
    expect(problems).to.deep.equal(["master lacks 2"]);
  });

  it("counts a write once that several servers lost", () => {
    const ids = new Set([3]);
    expect([...judge({ master: { ids }, slave: { ids } }).lost]).to.deep.equal([1, 2]);
  });

  const faults: readonly (readonly [what: string, changes: Parameters<typeof judge>[0], problem: RegExp])[] = [
    ["a write that only the slave lost", { slave: { ids: new Set([1, 2]) } }, /^slave lacks 3$/],
    ["another checksum", { slave: { checksums: "form.ledger 18" } }, /^slave has other checksums/],
    ["another GTID set", { slave: { executed: "a:1-4,b:1" } }, /^slave has another GTID set/],
    ["a slave that can be written to", { slave: { superReadOnly: false } }, /^slave is not super_read_only$/],
    ["a master that can't be written to", { master: { superReadOnly: true } }, /^master takes no writes$/],
    ["one server-id for two", { slave: { serverId: "1" } }, /same server_id: 1, 1$/],
    ["one UUID for two", { slave: { uuid: "a" } }, /same server_uuid: a, a$/],
  ];
  for (const [what, changes, problem] of faults) {
    it(`finds ${what}`, () => {
      const { problems } = judge(changes);
      expect(problems).to.have.length(1);
      expect(problems[0]).to.match(problem);
    });
  }
});

describe("the drills' judge of Redis", () => {
  const master: RedisServer = { name: "master", keys: ACKNOWLEDGED, role: "master", linked: true };
  const slave: RedisServer = { ...master, name: "slave", role: "slave" };
  const judge = (changes: { readonly master?: Partial<RedisServer>; readonly slave?: Partial<RedisServer> }) =>
    judgeRedis(ACKNOWLEDGED, { ...master, ...changes.master }, [{ ...slave, ...changes.slave }]);

  it("finds nothing where all is there", () => {
    expect(judge({})).to.deep.equal({ lost: new Set(), problems: [] });
  });

  it("counts a key that is gone or has another value", () => {
    const { lost, problems } = judge({ slave: { keys: new Set([1, 2]) } });
    expect([...lost]).to.deep.equal([3]);
    expect(problems).to.deep.equal(["slave lacks 3"]);
  });

  it("finds a wrong role and a broken link", () => {
    expect(judge({ master: { role: "slave" } }).problems).to.deep.equal(["master has the role slave"]);
    expect(judge({ slave: { role: "master" } }).problems).to.deep.equal(["slave has the role master"]);
    expect(judge({ slave: { linked: false } }).problems).to.deep.equal(["slave has no link to the master"]);
  });
});

describe("the drills' figures", () => {
  const trace = new Trace();
  [1000, 1500, 4000].forEach((at) => {
    trace.add(10, at);
  });

  it("counts writes and their pace in an interval", () => {
    expect(trace.total(1000, 2000)).to.equal(20);
    expect(trace.perSecond(0, 2000)).to.equal(10);
    expect(trace.total(5000, 6000)).to.equal(0);
  });

  it("measures the longest gap, also one at either end", () => {
    expect(trace.longestGap(1000, 4000)).to.equal(2.5);
    expect(trace.longestGap(1000, 9000)).to.equal(5);
    expect(trace.longestGap(0, 1500)).to.equal(1);
    expect(trace.longestGap(5000, 8000)).to.equal(3);
  });

  it("takes the median of an odd and an even number of values", () => {
    expect(median([9, 1, 5])).to.equal(5);
    expect(median([9, 1, 5, 6])).to.equal(5.5);
    expect(() => median([])).to.throw(/no values/);
  });

  it("prints results as a table in Markdown", () => {
    const figures = { writes: 900, lost: 0, gap: 1.25, reads: 60, retried: 2, failed: 0, whole: 7.6, note: "" };
    const result: Result = { drill: "kill", database: "MySQL", ...figures };
    const [heading, rule, row] = table([result]).split("\n");
    expect(heading).to.match(/^\| drill \| database \| writes \| lost \|/);
    expect(rule).to.match(/^\| -{5} \| -{8} \|/);
    expect(row).to.match(/^\| kill {2}\| MySQL {4}\| 900 {4}\| 0 {4}\| 1\.3 s/);
  });
});

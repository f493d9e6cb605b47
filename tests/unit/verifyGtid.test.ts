import { expect } from "chai";

import { advance, count, formatGtidSet, intersect, isEqual, isSubset, parseGtidSet, subtract } from "../../verify/gtid";

const A = "8c793f2b-e7ac-11f1-80a7-56700dc428e6";
const B = "94a8cb5f-e7ac-11f1-bd55-cef9f26bf140";
const set = parseGtidSet;
const text = formatGtidSet;

describe("verify: GTID sets", () => {
  it("reads what MySQL prints, over several lines and in any order", () => {
    expect(text(set(`${B}:1,\n${A}:7:1-5`))).to.equal(`${A}:1-5:7,${B}:1`);
    expect(text(set(""))).to.equal("");
  });

  it("joins intervals that touch or overlap", () => {
    expect(text(set(`${A}:1-3:4:6-9:8-12`))).to.equal(`${A}:1-4:6-12`);
  });

  it("keeps tagged transactions apart from untagged ones", () => {
    const tagged = set(`${A}:1-5:Backup:1-3:9:other:7`);
    expect(text(tagged)).to.equal(`${A}:1-5,${A}:backup:1-3:9,${A}:other:7`);
    expect(text(subtract(tagged, set(`${A}:1-9`)))).to.equal(`${A}:backup:1-3:9,${A}:other:7`);
  });

  for (const wrong of ["x", A, `${A}:`, `${A}:5-1`, `${A}:0`, `${A}:1-`, `${A}:1-2-3`]) {
    it(`refuses ${wrong}`, () => {
      expect(() => set(wrong)).to.throw("not a set of GTIDs");
    });
  }

  for (const [whole, taken, left] of [
    ["1-10", "1-10", ""],
    ["1-10", "3-4", "1-2:5-10"],
    ["1-10", "1:10", "2-9"],
    ["1-3:7-9", "2-8", "1:9"],
    ["5", "1-4:6-9", "5"],
    ["9223372036854775805-9223372036854775806", "9223372036854775806", "9223372036854775805"],
  ] as const) {
    it(`${whole} without ${taken} is ${left || "nothing"}`, () => {
      expect(text(subtract(set(`${A}:${whole}`), set(`${A}:${taken}`)))).to.equal(left && `${A}:${left}`);
    });
  }

  it("tells subsets, equal sets and what is in both", () => {
    expect(isSubset(set(`${A}:2-3`), set(`${A}:1-5`))).to.equal(true);
    expect(isSubset(set(`${A}:2-6`), set(`${A}:1-5`))).to.equal(false);
    expect(isSubset(set(`${B}:1`), set(`${A}:1-5`))).to.equal(false);
    expect(isEqual(set(`${A}:1-2:3`), set(`${A}:1-3`))).to.equal(true);
    expect(isEqual(set(`${A}:1-2`), set(`${A}:1-3`))).to.equal(false);
    expect(text(intersect(set(`${A}:1-5,${B}:1`), set(`${A}:4-9`)))).to.equal(`${A}:4-5`);
  });

  it("counts transactions of all origins", () => {
    expect(count(set(`${A}:1-5:7,${B}:3,${A}:tag:1-2`))).to.equal(9n);
  });

  it("goes on after the last transaction of the origin", () => {
    expect(text(advance(set(`${A}:1-5,${B}:1`), A, 3n))).to.equal(`${A}:1-8,${B}:1`);
    expect(text(advance(set(`${B}:1`), A, 2n))).to.equal(`${A}:1-2,${B}:1`);
    expect(text(advance(set(`${A}:1-5`), A, 0n))).to.equal(`${A}:1-5`);
  });
});

import { writeFileSync } from "node:fs";

import { expect } from "chai";

import { Loads, ready, run, say } from "./drill";
import { upWithKilledInitialisation } from "./faults/initialisation";
import { bothDrills } from "./list/both";
import { mysqlDrills } from "./list/mysql";
import { redisDrills } from "./list/redis";
import { mysqlLoad } from "./load/mysqlLoad";
import { redisLoad } from "./load/redisLoad";
import { Result, table } from "./results";
import { stack } from "./stack";

describe("drills", () => {
  const results: Result[] = [];
  let loads: Loads;
  /** The drill before which the servers were not whole; there is no point in going on. */
  let stuck: string | undefined;

  before("one stack for all drills, its first initialisation killed half-way", async () => {
    say("removes what an earlier run left");
    await stack.remove();
    await stack.init();
    say("brings the stack up, and kills the first initialisation half-way");
    results.push(await upWithKilledInitialisation());
    loads = {
      mysql: await mysqlLoad(await stack.setting("mysqlPassword")),
      redis: await redisLoad(await stack.setting("redisPassword")),
    };
  });

  after("the results, and nothing left of the stack", async () => {
    const text = table(results);
    console.log(`\n${text}\n`);
    if (process.env["RESULTS"] !== undefined) {
      writeFileSync(process.env["RESULTS"], `${text}\n`);
    }
    if (process.env["KEEP"] === undefined) {
      await stack.remove();
    }
  });

  for (const drill of [...mysqlDrills, ...redisDrills, ...bothDrills]) {
    it(`${drill.load.join(" and ")}: ${drill.name}`, async () => {
      if (stuck !== undefined) {
        throw new Error(`not run, because the servers were not whole before "${stuck}"`);
      }
      stuck = drill.name;
      await ready(drill, loads);
      stuck = undefined;
      const outcome = await run(drill, loads);
      results.push(...outcome.results);
      expect(outcome.problems).to.deep.equal([]);
      for (const { database, lost } of outcome.results) {
        expect(lost, `${database}: acknowledged writes lost`).to.equal(0);
      }
    });
  }
});

import { readdirSync } from "node:fs";

import { expect } from "chai";

import { eventually } from "../../support/run";
import { Result } from "../results";
import { pods, stack } from "../stack";
import { kill } from "./node";

/** Images may have to be built first. */
const BUILD_SECONDS = 420;

const halfMade = (): string[] => {
  const entries = readdirSync(stack.hostPaths.mysqlData, { recursive: true, encoding: "utf8" });
  return entries.filter((entry) => entry.startsWith("work."));
};

/** Waits until the master's first initialisation has made files, and kills it with the container that it runs in; when. */
const killInitialisation = (): Promise<number> =>
  eventually(BUILD_SECONDS, async () => {
    const [master] = await pods("mysql-master");
    if (master === undefined || !halfMade().some((entry) => entry.endsWith("/ibdata1"))) {
      throw new Error("mysql-master has not begun to initialise");
    }
    kill(master, "entrypoint");
    return Date.now();
  });

/** Brings the stack up while its master's first initialisation is killed half-way, which must not fail the update. */
export async function upWithKilledInitialisation(): Promise<Result> {
  const [killed] = await Promise.all([killInitialisation(), stack.up()]);
  const whole = (Date.now() - killed) / 1000;
  const [master] = await pods("mysql-master");
  const restarts = master?.status.containerStatuses?.[0]?.restartCount ?? 0;
  expect(restarts, "restarts of mysql-master").to.be.at.least(1);
  expect(halfMade(), "what is left of the killed initialisation").to.deep.equal([]);
  const none = { writes: 0, lost: 0, gap: 0, reads: 0, retried: 0, failed: 0 };
  return { drill: "first initialisation killed half-way", database: "MySQL", ...none, whole, note: "before any load" };
}

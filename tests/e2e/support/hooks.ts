import { config } from "chai";

import { init, remove, up } from "./stack";

// What was found instead is wanted whole.
config.truncateThreshold = 0;

/** One stack for all tests: it is brought up once, and removed without a trace. */
export const mochaHooks = {
  async beforeAll(this: Mocha.Context) {
    this.timeout(900_000);
    await remove();
    await init();
    await up();
  },
  async afterAll(this: Mocha.Context) {
    this.timeout(900_000);
    if (process.env["KEEP"] === undefined) {
      await remove();
    }
  },
};

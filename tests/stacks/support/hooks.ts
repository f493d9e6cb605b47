import { config } from "chai";

import * as first from "../../e2e/support/stack";
import * as second from "./second";

// What was found instead is wanted whole.
config.truncateThreshold = 0;

/** The stack that the others are compared with, or come up beside. Nothing is left of any of them. */
export const mochaHooks = {
  async beforeAll(this: Mocha.Context) {
    this.timeout(900_000);
    await first.remove();
    await first.init();
    await first.up();
  },
  async afterAll(this: Mocha.Context) {
    this.timeout(900_000);
    if (process.env["KEEP"] === undefined) {
      await second.remove();
      await first.remove();
    }
  },
};

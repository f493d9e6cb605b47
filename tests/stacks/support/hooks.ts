import * as second from "./second";

/** Of the second stack too nothing is left; the first has hooks of its own. */
export const mochaHooks = {
  async afterAll(this: Mocha.Context) {
    this.timeout(900_000);
    if (process.env["KEEP"] === undefined) {
      await second.remove();
    }
  },
};

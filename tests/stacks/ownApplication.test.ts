import { expect } from "chai";

import { cluster } from "../support/cluster";
import { testStack } from "../support/stack";

/** The least that the parts run with, beside another stack on the same machine. */
const SMALL = { requests: { cpu: "20m", memory: "64Mi" }, limits: { cpu: "2", memory: "1Gi" } };

describe("an application of one's own", () => {
  const stack = testStack({
    name: "own",
    nodePort: 30096,
    settings: {
      application: { folder: "tests/stacks/fixtures/tiny-project", settings: "tiny.settings" },
      replicas: { mysqlSlave: 1, redisSlave: 1, web: 1 },
      resources: { mysql: SMALL, redis: SMALL, web: SMALL, nginx: SMALL },
    },
  });
  const inside = cluster(stack.namespace);

  before(async () => {
    await stack.remove();
    await stack.init();
    await stack.up();
  });
  after(async () => {
    if (process.env["KEEP"] === undefined) {
      await stack.remove();
    }
  });

  const page = async () => {
    const response = await fetch(stack.url);
    const text = await response.text();
    expect(response.status, text).to.equal(200);
    return text;
  };

  it("reads and writes MySQL and Redis", async () => {
    expect(await page()).to.include("MySQL has the 1st visit, Redis counts 1.");
    expect(await page()).to.include("MySQL has the 2nd visit, Redis counts 2.");
    const rows = await inside.mysql(await inside.onlyPod("mysql-master"), "SELECT COUNT(*) FROM form.tiny_visit");
    expect(rows).to.deep.equal([["2"]]);
  });

  it("has its static files served by nginx, to be kept for ever", async () => {
    const [, stylesheet] = /href="(\/static\/tiny\.[0-9a-f]{12}\.css)"/.exec(await page()) ?? [];
    const response = await fetch(stack.url + (stylesheet ?? "/no-stylesheet"));
    expect(response.status).to.equal(200);
    expect(response.headers.get("Cache-Control")).to.match(/immutable/);
  });

  it("has the probes without doing anything for them", async () => {
    const response = await fetch(`${stack.url}/readyz`);
    expect(response.status).to.equal(200);
    expect(await response.json()).to.deep.include({ ready: true });
  });

  it("has nothing of dabaweb's pages", async () => {
    expect((await fetch(`${stack.url}/forms/guest-book/`)).status).to.equal(404);
  });
});

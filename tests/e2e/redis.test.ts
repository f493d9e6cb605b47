import { expect } from "chai";

import { exec, onlyPod, Pod, readyPods, redis } from "./support/cluster";
import { eventually } from "../support/run";

describe("Redis", () => {
  let master: Pod;
  let slaves: Pod[];

  before(async () => {
    master = await onlyPod("redis-master");
    slaves = await readyPods("redis-slave");
  });

  it("shows a write on the master on each slave", async () => {
    expect(slaves).to.have.length(2);
    expect(await redis(master, "SET", "greeting", "hello")).to.equal("OK");
    for (const slave of slaves) {
      await eventually(10, async () => {
        expect(await redis(slave, "GET", "greeting"), slave.metadata.name).to.equal("hello");
      });
    }
  });

  it("refuses writes on a slave", async () => {
    for (const slave of slaves) {
      expect(await redis(slave, "SET", "stray", "1")).to.match(/^READONLY/);
    }
  });

  it("refuses who has no password", async () => {
    expect(await exec(master, ["redis-cli", "-s", "/run/redis/redis.sock", "PING"])).to.match(/^NOAUTH/);
  });

  it("keeps an append-only file on the master", async () => {
    expect(await redis(master, "CONFIG", "GET", "appendonly")).to.equal("appendonly\nyes");
  });
});

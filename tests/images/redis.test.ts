import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";

import { redisServer } from "./shell";

describe("redis images: server.sh", () => {
  it("quotes any password for redis.conf", () => {
    expect(redisServer('quote "$VALUE"', { VALUE: `a" \\\né` }).output).to.equal(
      '"\\x61\\x22\\x20\\x5c\\x0a\\xc3\\xa9"',
    );
  });

  it("names the variable that is missing", () => {
    const { code, output } = redisServer("require_env PATH REDIS_PASSWORD");
    expect(code).to.equal(1);
    expect(output).to.match(/ERROR: the environment variable REDIS_PASSWORD is not set/);
  });

  describe("holds_keys", () => {
    let directory: string;
    beforeEach(() => {
      directory = mkdtempSync(join(tmpdir(), "redis-data-"));
    });
    afterEach(() => {
      rmSync(directory, { recursive: true });
    });

    const holdsKeys = (sizes: Record<string, number>) => {
      for (const [name, size] of Object.entries(sizes)) writeFileSync(join(directory, name), "x".repeat(size));
      return redisServer(`holds_keys ${directory}/*`).code === 0;
    };

    it("sees that a first start was cut short", () => {
      expect(holdsKeys({})).to.equal(false);
      expect(holdsKeys({ "appendonly.aof.1.base.rdb": 88, "appendonly.aof.1.incr.aof": 0 })).to.equal(false);
    });

    it("sees keys in either file", () => {
      expect(holdsKeys({ "appendonly.aof.2.base.rdb": 100 })).to.equal(true);
      rmSync(join(directory, "appendonly.aof.2.base.rdb"));
      expect(holdsKeys({ "appendonly.aof.1.incr.aof": 27 })).to.equal(true);
    });
  });
});

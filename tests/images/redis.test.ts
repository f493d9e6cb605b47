import { expect } from "chai";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";

import { redis } from "./shell";

describe("redis images: start", () => {
  it("quotes any password for redis.conf", () => {
    expect(redis('quote "$VALUE"', { VALUE: `a" \\\né` }).output).to.equal('"\\x61\\x22\\x20\\x5c\\x0a\\xc3\\xa9"');
  });

  it("names the variable that is missing", () => {
    const { code, output } = redis("require_env PATH REDIS_PASSWORD");
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
      return redis(`holds_keys ${directory}/*`).code === 0;
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

const ONE = "11111111111111111111111111111111";
const TWO = "22222222222222222222222222222222";

/** What `ask` gets from a server. */
const answer = (info: Record<string, string | number>, history: string, minimum = 2147483647) =>
  [
    ...Object.entries({ loading: 0, role: "slave", slave_repl_offset: 7, master_repl_offset: 9, ...info }).map(
      ([name, value]) => `${name}:${value}`,
    ),
    history,
    "",
    "min-replicas-to-write",
    String(minimum),
  ].join("\n");
const NO_HISTORY = "ERR Function not found";

describe("redis images: what a server is", () => {
  const describe = (text: string) => redis("answer=$TEXT; describe", { TEXT: text }).output.trim();

  it("says what data a slave has, and how far it got", () => {
    expect(describe(answer({ db0: "keys=3,expires=0" }, `${ONE} 4`))).to.equal(`data ${ONE} 4 7`);
  });

  it("takes a slave for one that gives its data to the master", () => {
    expect(describe(answer({ role: "master" }, `${ONE} 4`))).to.equal(`data ${ONE} 4 9`);
  });

  it("knows a master by the writes that it takes", () => {
    expect(describe(answer({ role: "master" }, `${ONE} 4`, 1))).to.equal(`master ${ONE} 4`);
    expect(describe(answer({ role: "master" }, NO_HISTORY, 0))).to.equal("master none 0");
  });

  it("tells no data from data without a history, and an emptied history from no data", () => {
    expect(describe(answer({}, NO_HISTORY))).to.equal("empty");
    expect(describe(answer({ db3: "keys=1,expires=0" }, NO_HISTORY))).to.equal("data unnamed 0 7");
    expect(describe(answer({}, `${ONE} 1`))).to.equal(`data ${ONE} 1 7`);
  });

  it("never takes a server without a full answer for an empty one", () => {
    expect(describe("")).to.equal("silent");
    expect(describe("Could not connect to Redis at 10.0.0.1:6379: Connection refused")).to.equal("silent");
    expect(describe("NOAUTH Authentication required.")).to.equal("silent");
    expect(describe(answer({}, "BUSY Redis is busy running a script."))).to.equal("silent");
    expect(describe("role:slave\nloading:0\n" + NO_HISTORY)).to.equal("silent");
    expect(describe(answer({ loading: 1 }, "LOADING Redis is loading the dataset in memory"))).to.equal("loading");
  });
});

describe("redis images: where a master without a history takes its data from", () => {
  const choose = (own: "keys" | "nothing", mode: "complete" | "available", ...peers: string[]) =>
    redis(`printf '%s' "$PEERS" | choose ${own} ${mode}`, {
      PEERS: peers.map((peer) => peer + "\n").join(""),
    }).output.trim();
  const data = (address: string, history: string, run: number, offset: number) =>
    `${address} data ${history} ${run} ${offset}`;

  it("begins a history when nobody has data", () => {
    expect(choose("nothing", "complete")).to.equal("new");
    expect(choose("nothing", "complete", "10.0.0.1 empty", "10.0.0.2 empty")).to.equal("new");
  });

  it("takes the data of the slave that got furthest", () => {
    expect(choose("nothing", "complete", data("10.0.0.1", ONE, 2, 1000), data("10.0.0.2", ONE, 2, 999))).to.equal(
      `take 10.0.0.1 ${ONE}`,
    );
    expect(choose("nothing", "complete", data("10.0.0.1", ONE, 2, 999), data("10.0.0.2", ONE, 2, 1000))).to.equal(
      `take 10.0.0.2 ${ONE}`,
    );
    expect(choose("nothing", "complete", "10.0.0.1 empty", data("10.0.0.2", ONE, 2, 0))).to.equal(
      `take 10.0.0.2 ${ONE}`,
    );
  });

  it("compares offsets within a run only: a restarted master counts from the beginning", () => {
    expect(choose("nothing", "complete", data("10.0.0.1", ONE, 2, 9999), data("10.0.0.2", ONE, 10, 5))).to.equal(
      `take 10.0.0.2 ${ONE}`,
    );
  });

  it("stops at different histories, and names them", () => {
    const decision = choose("nothing", "available", data("10.0.0.1", ONE, 1, 5), data("10.0.0.2", TWO, 1, 5));
    expect(decision).to.match(/^stop .*10\.0\.0\.1 \(history 1+, .*10\.0\.0\.2 \(history 2+, .*masterRecovery/);
  });

  it("waits for who does not answer, unless what is available will do", () => {
    const peers = [data("10.0.0.1", ONE, 1, 5), "10.0.0.2 silent"];
    expect(choose("nothing", "complete", ...peers)).to.equal("wait no answer from: 10.0.0.2");
    expect(choose("nothing", "available", ...peers)).to.equal(`take 10.0.0.1 ${ONE}`);
  });

  it("waits for who loads its data, and for another master to end, in any case", () => {
    expect(choose("nothing", "available", "10.0.0.1 loading")).to.equal("wait still loading its data: 10.0.0.1");
    expect(choose("nothing", "available", `10.0.0.1 master ${ONE} 3`, data("10.0.0.2", ONE, 3, 5))).to.equal(
      "wait another master has not ended yet: 10.0.0.1",
    );
  });

  it("gives its own keys a history only when no slave has one", () => {
    expect(choose("keys", "complete", "10.0.0.1 empty", data("10.0.0.2", "unnamed", 0, 5))).to.equal("new");
    expect(choose("keys", "available", data("10.0.0.1", ONE, 1, 5))).to.match(/^stop .*10\.0\.0\.1 \(history 1+\)/);
  });
});

describe("redis images: when a copy is complete", () => {
  const complete = {
    master_link_status: "up",
    master_sync_in_progress: 0,
    aof_enabled: 1,
    aof_rewrite_in_progress: 0,
    aof_rewrite_scheduled: 0,
    aof_last_bgrewrite_status: "ok",
  };
  const copied = (info: Record<string, string | number>, history = ONE) =>
    redis(`answer=$TEXT; copied ${ONE}`, { TEXT: answer({ ...complete, ...info }, `${history} 1`) }).code === 0;

  it("is in memory and on the disk", () => {
    expect(copied({})).to.equal(true);
    for (const [name, value] of Object.entries({
      master_link_status: "down",
      master_sync_in_progress: 1,
      loading: 1,
      aof_enabled: 0,
      aof_rewrite_in_progress: 1,
      aof_rewrite_scheduled: 1,
      aof_last_bgrewrite_status: "err",
    })) {
      expect(copied({ [name]: value }), name).to.equal(false);
    }
  });

  it("is of the history that was chosen", () => {
    expect(copied({}, TWO)).to.equal(false);
  });
});

describe("redis images: what is kept of an answer", () => {
  const kept = (...lines: string[]) =>
    redis('printf "%s" "$TEXT" | asked', { TEXT: lines.map((line) => `${line}\r\n`).join("") }).output.split("\n");

  it("is what is asked for by name", () => {
    const info = ["role:slave", "slave0:ip=10.0.0.1,state=online", "db0:keys=1,expires=0", "master_link_status:up"];
    expect(kept("# Replication", "master_replid:71a", ...info, "used_memory:7", "async_loading:0")).to.deep.equal([
      "# Replication",
      ...info,
      "",
    ]);
  });

  it("is all that is no line of INFO", () => {
    const rest = [`${ONE} 4`, NO_HISTORY, "min-replicas-to-write", "1", "Could not connect to Redis at 10.0.0.1:6379"];
    expect(kept(...rest)).to.deep.equal([...rest, ""]);
  });

  it("is each field that the scripts look for", () => {
    const scripts = ["redis-master/lib", "redis-slave/lib"].flatMap((folder) =>
      readdirSync(join("docker", folder)).map((file) => readFileSync(join("docker", folder, file), "utf8")),
    );
    const fields = scripts.flatMap((script) =>
      [...script.matchAll(/\$\(field (\w+)\)/g)].map(([, name]) => `${name}:1`),
    );
    expect(fields).to.include("role:1");
    expect(kept(...fields)).to.deep.equal([...fields, ""]);
  });
});

describe("redis images: state of a master", () => {
  const judge = (info: Record<string, string | number>) =>
    redis("answer=$TEXT; judge", {
      TEXT: answer({ role: "master", aof_last_write_status: "ok", ...info }, ""),
    }).output.trim();

  it("is ready when it takes writes", () => {
    expect(judge({})).to.equal("ready: takes writes");
    expect(judge({ role: "slave" })).to.equal("not ready: the role is slave");
    expect(judge({ aof_last_write_status: "err" })).to.match(/^not ready: the append-only file/);
    expect(redis("answer=; judge").output).to.equal("not ready: the server does not answer\n");
  });

  it("knows whether a slave follows", () => {
    const follows = (line: string) => redis("answer=$TEXT; slave_follows", { TEXT: line }).code === 0;
    expect(follows("slave0:ip=10.0.0.1,port=6379,state=online,offset=5,lag=0")).to.equal(true);
    expect(follows("slave0:ip=10.0.0.1,port=6379,state=wait_bgsave,offset=0,lag=0")).to.equal(false);
  });
});

describe("redis images: the history in a function", () => {
  it("is one line for redis-cli", () => {
    expect(redis(`function_of ${ONE} 3`).output).to.equal(
      `FUNCTION LOAD REPLACE "#!lua name=history_${ONE}\\nredis.register_function{function_name='history', ` +
        `callback=function() return '${ONE} 3' end, flags={'no-writes', 'allow-stale'}}"\n`,
    );
  });

  it("has an id of 128 random bits", () => {
    const { output } = redis("new_id");
    expect(output).to.match(/^[0-9a-f]{32}$/);
    expect(redis("new_id").output).not.to.equal(output);
  });
});

describe("redis images: a slave", () => {
  const own = `data ${ONE} 3 500`;
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "redis-slave-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const slave = (script: string) => redis(`synchronised=${directory}/synchronised\n${script}`).output.trim();
  const wasInSync = () => {
    writeFileSync(join(directory, "synchronised"), "");
  };

  it("follows the history of its own data, whatever the master has", () => {
    for (const master of [`master ${ONE} 9`, `master ${TWO} 1`, "master none 0", "silent"]) {
      expect(slave(`may_follow '${own}' '${master}'`)).to.equal(ONE);
    }
  });

  it("follows any history when it has no data, but no master without one", () => {
    expect(slave(`may_follow empty 'master ${TWO} 1'`)).to.equal(TWO);
    for (const master of ["master none 0", "silent", "loading", "empty"]) {
      expect(slave(`may_follow empty '${master}'`)).to.equal("");
    }
  });

  it("is in sync when the first copy is on the disk too", () => {
    expect(slave("in_sync 10")).to.match(/^not ready: writing/);
    expect(slave("in_sync 01")).to.match(/^not ready: writing/);
    expect(slave("in_sync 00")).to.equal("ready: in sync");
    expect(slave("in_sync 10")).to.equal("ready: in sync");
  });

  it("hears a master that said something in the last ten seconds", () => {
    const linked = (status: string, silence: number) =>
      redis("answer=$TEXT; linked", {
        TEXT: answer({ master_link_status: status, master_last_io_seconds_ago: silence }, NO_HISTORY),
      }).code === 0;
    expect(linked("up", 10)).to.equal(true);
    expect(linked("up", 11)).to.equal(false);
    expect(linked("down", -1)).to.equal(false);
    expect(redis("answer=; linked").code).not.to.equal(0);
  });

  it("holds its data when the master has another history, or none", () => {
    wasInSync();
    for (const master of [`master ${TWO} 1`, "master none 0"]) {
      expect(slave(`cut_off '${own}' '${master}' ''`)).to.match(/^not ready: not following/);
    }
  });

  const following = "slave0:ip=10.0.0.2,port=6379,state=online,offset=5,lag=0";
  const byMaster = (needed: number, ...slaves: string[]) =>
    redis('answer=$TEXT; by_master; echo "$others"', {
      TEXT: [...slaves, `${ONE} 3`, "min-replicas-to-write", String(needed)].join("\n"),
    }).output.trim();

  it("is out of sync when others reach the master", () => {
    wasInSync();
    const state = (others: string) => slave(`cut_off '${own}' 'master ${ONE} 3' '${others}'`);
    expect(state(byMaster(1, following))).to.equal("not ready: no link to the master, which another slave has");
    expect(state("ahead the slave 10.0.0.2 has")).to.match(/^not ready: .* the slave 10\.0\.0\.2 has/);
  });

  it("is out of sync when the master takes writes without a slave", () => {
    wasInSync();
    expect(slave(`cut_off '${own}' 'master ${ONE} 3' '${byMaster(0)}'`)).to.match(
      /^not ready: .* takes writes without/,
    );
  });

  it("is cut off when nobody answers", () => {
    wasInSync();
    expect(slave(`cut_off '${own}' silent unheard`)).to.match(/^not ready: cut off/);
  });

  it("stays ready while no slave has a link to the master, if it ever had the data", () => {
    const copying = following.replace("online", "send_bulk");
    for (const [master, others] of [
      ["silent", "even"],
      ["loading", byMaster(2147483647)],
      [`master ${ONE} 3`, byMaster(1)],
      [`master ${ONE} 3`, byMaster(1, copying)],
    ]) {
      rmSync(join(directory, "synchronised"), { force: true });
      expect(slave(`cut_off '${own}' '${master}' '${others}'`)).to.match(/^not ready: never synchronised/);
      wasInSync();
      expect(slave(`cut_off '${own}' '${master}' '${others}'`)).to.equal("ready: no slave has a link to the master");
    }
  });

  it("sees in the kernel's table that a connection is not answered", () => {
    const unanswered = (state: string, port = "18EB") => {
      const file = join(directory, "tcp");
      const header = "  sl  local_address rem_address   st tx_queue\n";
      writeFileSync(file, `${header}   0: 0A00610A:C350 0100620A:${port} ${state} 00000001:00000000\n`);
      return redis(`unanswered 6379 ${file}`).code === 0;
    };
    expect(unanswered("02")).to.equal(true);
    expect(unanswered("01")).to.equal(false);
    expect(unanswered("02", "18EC")).to.equal(false);
  });
});

describe("redis images: a renewed certificate", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "redis-tls-"));
    for (const file of FILES) writeFileSync(join(directory, file), `first ${file}\n`);
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });
  const FILES = ["ca.crt", "tls.crt", "tls.key"];
  /** What the server is told, in a look at the files before and two looks after a script. */
  const told = (script: string) =>
    redis(
      `tls=${directory}
      order() { echo "$@" >&2; }
      load_certificate; follow_certificate; ${script}
      follow_certificate; follow_certificate`,
    ).output.replaceAll(/^\S+Z entrypoint: /gm, "");
  const taken = () =>
    `self CONFIG SET tls-ca-cert-file ${directory}/ca.crt tls-cert-file ${directory}/tls.crt tls-key-file ${directory}/tls.key\n` +
    "new connections get the renewed certificate\n";

  it("is none of the server's business while the files stay the same", () => {
    expect(told(":")).to.equal("");
  });

  for (const file of FILES) {
    it(`is handed to it once, whichever file has changed: ${file}`, () => {
      expect(told(`echo second >${directory}/${file}`)).to.equal(taken());
    });
  }

  it("is tried again when the server refuses it", () => {
    const refusing = `echo second >${directory}/tls.key; order() { return 1; }; follow_certificate`;
    expect(told(`${refusing}; order() { echo "$@" >&2; }`)).to.equal(taken());
  });

  it("is waited for while a file is missing", () => {
    expect(told(`rm ${directory}/tls.crt`)).to.equal("");
  });

  it("is a matter of running servers: none starts without any", () => {
    rmSync(join(directory, "tls.key"));
    expect(told(":")).to.match(/^ERROR: ca.crt, tls.crt and tls.key cannot all be read in /);
  });
});

describe("redis images: whom a question goes to", () => {
  const cli = (...call: string[]) =>
    redis(`timeout() { shift; echo "$@"; }; export REDIS_PASSWORD=x; client ${call.join(" ")}`).output.trim();

  it("is the own server at its socket", () => {
    expect(cli("2", "self", "0", "PING")).to.equal("redis-cli -s /run/redis/redis.sock PING");
  });

  it("is any other by TLS, if it is one of the stack's", () => {
    expect(cli("2", "10.0.0.1", "6379", "PING")).to.equal(
      "redis-cli -h 10.0.0.1 -p 6379 --tls --cacert /run/secrets/tls/ca.crt PING",
    );
  });
});

import { expect } from "chai";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { dirname, join, resolve } from "path";

import { mysqlServer } from "./shell";

/** Runs a script after server.sh and the given libraries. */
const after = (libraries: readonly string[], script: string, env: Record<string, string> = {}) =>
  mysqlServer(
    [...libraries.map((library) => `. ${resolve(__dirname, "../../docker", library)}`), script].join("\n"),
    env,
  );
const PEERS = ["mysql-master/lib/peers.sh"];
const RECOVERY = [...PEERS, "mysql-master/lib/clone.sh", "mysql-master/lib/recovery.sh"];
const STEP = [...PEERS, "mysql-slave/lib/step.sh"];

/** Runs a function on lines of standard input; its output without the last line break. */
const decide = (libraries: readonly string[], call: string, lines: readonly string[]) =>
  after(libraries, `${call} <<<"$LINES_IN"`, { LINES_IN: lines.join("\n") }).output.trimEnd();

describe("mysql images: decisions", () => {
  for (const ask of ["sql", "query"]) {
    it(`${ask} writes what the client complains of as a line of the log, and fails as it does`, () => {
      const folder = mkdtempSync(join(tmpdir(), "client-"));
      try {
        writeFileSync(join(folder, "mysql"), '#!/bin/sh\necho "ERROR 3862: refused" >&2\nexit 7\n', { mode: 0o755 });
        const { code, output } = after([], `PATH=${folder}:$PATH; ${ask} 'DO 1'`);
        expect(code).to.equal(7);
        expect(output).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ entrypoint: ERROR 3862: refused\n$/);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }

  describe("other_addresses", () => {
    const listed = ["10.97.0.9 STREAM mysql-peers", "10.97.0.9 DGRAM", "10.97.0.12 STREAM", "10.97.0.12 RAW"];

    it("are those of the list without this pod's", () => {
      expect(decide(PEERS, "other_addresses 10.97.0.9", listed)).to.equal("10.97.0.12");
      expect(decide(PEERS, "other_addresses 10.97.0.9", listed.slice(0, 2))).to.equal("");
    });

    it("fails on a list that is older than this pod", () => {
      const { code } = after(PEERS, 'other_addresses 10.97.0.1 <<<"10.97.0.9 STREAM"');
      expect(code).to.equal(1);
    });
  });

  describe("obstacle: why a master without data can't decide yet", () => {
    const slave = "10.0.0.2|1|uuid-2|OFF|u:1-5|";
    const silent = "10.0.0.3||ERROR 2003: timed out";
    const writable = "10.0.0.4|0|uuid-4||u:1-9|";
    const obstacle = (mode: string, seconds: number, ...lines: string[]) =>
      decide(RECOVERY, `obstacle ${mode} ${seconds}`, lines);

    it("is nothing when there are no others, or all answer", () => {
      expect(obstacle("complete", 0)).to.equal("");
      expect(obstacle("complete", 0, slave)).to.equal("");
    });

    it("is a server that does not answer, for ever or for a while", () => {
      const reason = "10.0.0.3 does not answer: ERROR 2003: timed out";
      expect(obstacle("complete", 1000, slave, silent)).to.equal(reason);
      expect(obstacle("available", 29, slave, silent)).to.equal(reason);
      expect(obstacle("available", 30, slave, silent)).to.equal("");
      expect(obstacle("present", 4, slave, silent)).to.equal(reason);
      expect(obstacle("present", 5, slave, silent)).to.equal("");
    });

    for (const mode of ["complete", "available", "present"]) {
      it(`is another master, ${mode} or not`, () => {
        expect(obstacle(mode, 1000, slave, silent, writable)).to.match(/^10\.0\.0\.4 takes writes/);
      });
    }
  });

  describe("all_empty", () => {
    const empty = (...lines: string[]) =>
      after(RECOVERY, 'all_empty <<<"$LINES_IN"', { LINES_IN: lines.join("\n") }).code === 0;

    it("holds for servers without a transaction, also for none", () => {
      expect(empty()).to.equal(true);
      expect(empty("a|1|uuid|||", "b|1|uuid|OFF||")).to.equal(true);
    });

    it("does not hold when one has executed or received any", () => {
      expect(empty("a|1|uuid|||", "b|1|uuid|OFF|u:1|")).to.equal(false);
      expect(empty("a|1|uuid|OFF||u:1")).to.equal(false);
    });
  });

  describe("choose: whose data is taken", () => {
    const choose = (...lines: string[]) => decide(RECOVERY, "choose", lines);

    it("nobody's when nobody has any, whatever a slave did itself", () => {
      expect(choose()).to.equal("none");
      expect(choose("a|0|0||", "b|0|0|b:1|")).to.equal("none");
    });

    it("that of the server that has all there is", () => {
      expect(choose("a|1|0||a lacks u:6 of b", "b|1|0||", "c|0|0||c lacks u:1-6 of b")).to.equal("from b");
    });

    it("its own when nobody has more", () => {
      expect(choose("here|1|0||", "a|1|0||", "b|1|0||b lacks u:6 of here")).to.equal("from here");
    });

    it("rather that of a server that made no transactions itself", () => {
      expect(choose("a|1|0|a:1|", "b|1|0||")).to.equal("from b");
      expect(choose("a|1|0|a:1|")).to.equal("from a");
    });

    it("waits for one that is still applying", () => {
      expect(choose("a|1|1||a lacks u:6 of a", "b|1|0||b lacks u:6 of a")).to.equal(
        "wait a is applying what it has received",
      );
    });

    it("names the differences when each lacks something", () => {
      expect(choose("a|1|0||a lacks v:1 of b", "b|1|0||b lacks u:6 of a")).to.equal(
        "differ a lacks v:1 of b; b lacks u:6 of a",
      );
    });
  });

  describe("out_of_step: why a slave without a connection is unready", () => {
    const following = "10.0.0.3|1|uuid|ON|u:1|";
    const waiting = "10.0.0.3|1|uuid|OFF|u:1|";
    const gone = "10.0.0.3||ERROR 2003 (HY000): Can't connect to MySQL server on '10.0.0.3:3306' (110)";
    const refusing = "10.0.0.3||ERROR 2003 (HY000): Can't connect to MySQL server on '10.0.0.3:3306' (111)";
    const denying = "10.0.0.3||ERROR 1045 (28000): Access denied for user 'replication'@'10.0.0.2'";
    const reason = (listed: string, seconds: number, ...lines: string[]) =>
      decide(STEP, `out_of_step '${listed}' ${seconds} 30`, lines);

    it("is another slave that follows, after the limit", () => {
      expect(reason("yes", 30, following)).to.equal("");
      expect(reason("yes", 31, following)).to.equal("out of step: not connected to the master, which 10.0.0.3 follows");
    });

    it("is nothing when the master is away for everybody", () => {
      expect(reason("yes", 1000)).to.equal("");
      expect(reason("yes", 1000, waiting, gone)).to.equal("");
    });

    it("is that nobody answers, at once", () => {
      expect(reason("", 3, gone)).to.match(/^cut off: /);
      expect(reason("", 3)).to.match(/^cut off: /);
    });

    it("is nothing when only DNS is away", () => {
      for (const line of [waiting, refusing, denying]) {
        expect(reason("", 1000, line), line).to.equal("");
      }
    });
  });

  describe("binary logs", () => {
    const BINLOGS = ["mysql-master/lib/binlogs.sh"];
    const keptFrom = (bytes: number, ...lines: string[]) => decide(BINLOGS, `kept_from ${bytes}`, lines);

    it("keeps the newest files that fit", () => {
      expect(keptFrom(300, "100 a", "100 b", "100 c")).to.equal("a");
      expect(keptFrom(299, "100 a", "100 b", "100 c")).to.equal("b");
    });

    it("always keeps the one that is being written", () => {
      expect(keptFrom(50, "100 a", "100 b")).to.equal("b");
      expect(keptFrom(50, "100 a")).to.equal("a");
    });

    it("makes files small enough to delete some", () => {
      const size = (total: number) => decide(BINLOGS, `binlog_file_mebibytes ${total}`, []);
      expect(["1024", "64", "2"].map((total) => size(Number(total)))).to.deep.equal(["100", "16", "1"]);
    });
  });

  describe("read_passwords", () => {
    let directory: string;
    beforeEach(() => {
      directory = mkdtempSync(join(tmpdir(), "mysql-secrets-"));
    });
    afterEach(() => {
      rmSync(directory, { recursive: true });
    });
    const read = () =>
      after(
        ["mysql-master/lib/passwords.sh"],
        `secrets=${directory}\nread_passwords\nprintf '%s|' "$MYSQL_ROOT_PASSWORD" "$MYSQL_PASSWORD" "$passwords_revision"`,
        { MYSQL_ROOT_PASSWORD: "old", MYSQL_PASSWORD: "old" },
      ).output;

    it("takes files rather than the environment, to the last byte", () => {
      writeFileSync(join(directory, "root"), " new\\ 'é\n");
      expect(read()).to.equal(" new\\ 'é\n|old||");
    });

    it("keeps the environment's where a file is empty or missing", () => {
      writeFileSync(join(directory, "root"), "");
      writeFileSync(join(directory, "revision"), "r-2");
      expect(read()).to.equal("old|old|r-2|");
    });
  });
});

describe("mysql images: a renewed certificate", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "mysql-tls-"));
    for (const file of FILES) writeFileSync(join(directory, file), `first ${file}\n`);
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });
  const FILES = ["ca.crt", "tls.crt", "tls.key"];
  /** What the server is told, in a look at the files before and two looks after a script. */
  const told = (script: string) =>
    after(
      ["mysql-master/lib/tls.sh"],
      `tls=${directory}
      sql() { echo "$@"; }
      require_certificate; follow_certificate; ${script}
      follow_certificate; follow_certificate`,
    ).output.replaceAll(/^\S+Z entrypoint: /gm, "");
  const taken = "--execute=ALTER INSTANCE RELOAD TLS\nnew connections get the renewed certificate\n";

  it("is none of the server's business while the files stay the same", () => {
    expect(told(":")).to.equal("");
    expect(told(`touch ${directory}/*`)).to.equal("");
  });

  for (const file of FILES) {
    it(`is handed to it once, whichever file has changed: ${file}`, () => {
      expect(told(`echo second >${directory}/${file}`)).to.equal(taken);
    });
  }

  it("is tried again when the server refuses it", () => {
    const script = `echo second >${directory}/tls.key; sql() { false; }; follow_certificate; sql() { echo "$@"; }`;
    // First what the server is told, then what the log says.
    expect(told(script)).to.equal(
      taken.replace("\n", "\nERROR: the renewed certificate could not be taken over; trying again\n"),
    );
  });

  it("is waited for while a file is missing", () => {
    expect(told(`rm ${directory}/tls.crt; follow_certificate; echo second >${directory}/tls.crt`)).to.equal(taken);
  });

  it("is a matter of running servers: none starts without any", () => {
    rmSync(join(directory, "tls.key"));
    expect(told(":")).to.match(/^ERROR: ca.crt, tls.crt and tls.key cannot all be read in /);
  });
});

describe("mysql images: server.sh", () => {
  describe("server_id", () => {
    it("is the IPv4 address as a 32-bit number", () => {
      expect(mysqlServer("server_id 10.0.2.15").output).to.equal("167772687\n");
      expect(mysqlServer("server_id 255.255.255.254").output).to.equal("4294967294\n");
    });

    for (const address of ["", "0.0.0.0", "10.0.0", "10.0.0.256", "10.0.0.1.1", "010.0.0.1", "fe80::1", "10.0.0.a"]) {
      it(`refuses '${address}'`, () => {
        expect(mysqlServer(`server_id '${address}'`)).to.deep.equal({ code: 1, output: "" });
      });
    }
  });

  describe("quoting", () => {
    it("keeps any password inside a string of SQL", () => {
      const { output } = mysqlServer('quote_string "$VALUE"', { VALUE: `a'b\\c"d\`$e é😀` });
      expect(output).to.equal(`'a\\'b\\\\c"d\`$e é😀'`);
    });

    it("doubles backticks in names", () => {
      expect(mysqlServer('quote_name "$VALUE"', { VALUE: "a`b" }).output).to.equal("`a``b`");
    });
  });

  describe("require_replication_password", () => {
    const check = (password: string) =>
      after(["mysql-master/lib/passwords.sh"], "require_replication_password", {
        MYSQL_REPLICATION_PASSWORD: password,
      });

    it("counts bytes, of which MySQL takes 32", () => {
      expect(check("x".repeat(32)).code).to.equal(0);
      expect(check("é".repeat(17)).code).to.equal(1);
      expect(check("x".repeat(33)).output).to.match(/ERROR: MYSQL_REPLICATION_PASSWORD is longer than the 32 bytes/);
    });
  });

  describe("prepare_volume", () => {
    let volume: string;
    beforeEach(() => {
      volume = mkdtempSync(join(tmpdir(), "mysql-volume-"));
    });
    afterEach(() => {
      rmSync(volume, { recursive: true });
    });

    const write = (...files: string[]) => {
      for (const file of files) {
        mkdirSync(dirname(join(volume, file)), { recursive: true });
        writeFileSync(join(volume, file), "");
      }
    };
    const prepare = () => mysqlServer(`volume=${volume} data=${volume}/data\nprepare_volume && data_complete`);

    it("takes a complete data directory as it is", () => {
      write("data/ibdata1", "data/mysql.ibd", "lost+found/x");
      expect(prepare()).to.deep.equal({ code: 0, output: "" });
      expect(readdirSync(volume)).to.have.members(["data", "lost+found"]);
    });

    it("removes what starts that were cut short left behind", () => {
      write("work.123/ibdata1", "work.scratch/mysql.ibd");
      expect(prepare().code).to.equal(1);
      expect(readdirSync(volume)).to.deep.equal([]);
    });

    it("leaves damaged data alone, and finds a name for more", () => {
      write("damaged/ibdata1", "damaged.2/x");
      expect(prepare().code).to.equal(1);
      expect(readdirSync(volume)).to.have.members(["damaged", "damaged.2"]);
      expect(mysqlServer(`volume=${volume}\nunused_damaged`).output).to.equal(`${volume}/damaged.3\n`);
    });

    it("does not call a directory complete that lacks a file", () => {
      write("data/ibdata1");
      expect(prepare().code).to.equal(1);
      expect(readdirSync(volume)).to.deep.equal(["data"]);
    });

    for (const file of ["ibdata1", ".hidden", "form/t.ibd"]) {
      it(`stops at somebody else's ${file}, and keeps it`, () => {
        write(file);
        const { code, output } = prepare();
        expect(code).to.equal(1);
        expect(output).to.match(/holds files that are not from here .* Nothing was changed/);
        expect(readdirSync(volume)).to.deep.equal([file.split("/")[0]]);
      });
    }
  });
});

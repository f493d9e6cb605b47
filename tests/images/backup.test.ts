import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { runner } from "./shell";

const LIBRARIES = ["restic/lib/repository.sh", "mysql-backup/lib/chain.sh", "mysql-backup/lib/replay.sh"];

const inBash = runner("bash", ...LIBRARIES);

/** Runs a call on lines of standard input; its output without the last line break. */
const decide = (call: string, input: string): string =>
  inBash(`printf '%s' "$LINES_IN" | { ${call}\n}`, { LINES_IN: input }).output.trimEnd();

/** What restic says of a snapshot. */
const snapshot = (id: string, start: string, end: string, ...tags: string[]) => ({
  time: start,
  tree: "t",
  paths: ["/x"],
  hostname: "h",
  tags,
  summary: { backup_start: start, backup_end: end, files_new: 1 },
  id: `${id}-in-full`,
  short_id: id,
});

const logs = (id: string, end: string, tags: Record<string, string>) =>
  [end, end, id, "mysql-logs", ...Object.entries(tags).map(([name, value]) => `${name}=${value}`)].join(" ");

describe("backup images: a repository that the password does not open", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "repository-"));
    writeFileSync(join(folder, "password"), "is");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Opens a repository whose password is the text of a file, by a restic that knows as much as is needed here. */
  const open = (password: string, passwd = 'printf is >"$0.repository"') => {
    writeFileSync(join(folder, "restic.repository"), password);
    writeFileSync(
      join(folder, "restic"),
      `#!/bin/bash
file=$RESTIC_PASSWORD_FILE
[[ "$*" != *--password-file* ]] || file=$(sed 's/.*--password-file \\([^ ]*\\).*/\\1/' <<<"$*")
[ "$(cat "$file")" = "$(cat "$0.repository")" ] || exit 12
case $* in *"key passwd --new-password-file $RESTIC_PASSWORD_FILE") ${passwd} ;; esac
`,
      { mode: 0o755 },
    );
    return inBash(`PATH=${folder}:$PATH; open_repository && echo open`, {
      RESTIC_PASSWORD_FILE: join(folder, "password"),
      RESTIC_REPOSITORY: "/backup",
    });
  };
  const REFUSED = /ERROR: wrong password for \/backup.* backupFormerPassword to change it/;

  it("is refused", () => {
    expect(open("is").output).to.equal("open\n");
    const { code, output } = open("was");
    expect(code).to.equal(1);
    expect(output).to.match(REFUSED);
  });

  it("is given the password when the former one opens it", () => {
    writeFileSync(join(folder, "formerPassword"), "was");
    expect(open("was").output).to.match(/\/backup has the new password.*\nopen\n$|^open\n.*has the new password/);
    expect(open("other").output).to.match(REFUSED);
  });

  it("may have been given it by another Job meanwhile, and not by none", () => {
    writeFileSync(join(folder, "formerPassword"), "was");
    expect(open("was", 'printf is >"$0.repository"; exit 1').output).to.equal("open\n");
    expect(open("was", "exit 1").output).to.match(REFUSED);
  });
});

describe("backup images: decisions", () => {
  it("read restic's list, oldest first, with times that compare as text", () => {
    const json = JSON.stringify([
      snapshot("b", "2026-01-02T00:00:00.12Z", "2026-01-02T00:00:01Z", "mysql-full"),
      snapshot(
        "a",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:01.123456789Z",
        "mysql-logs",
        "from=u:1-3:5+v:1",
        "first=",
      ),
    ]);
    expect(decide("snapshot_lines", json).split("\n")).to.deep.equal([
      "2026-01-01T00:00:01.123456789Z 2026-01-01T00:00:00.000000000Z a mysql-logs from=u:1-3:5+v:1 first=",
      "2026-01-02T00:00:01.000000000Z 2026-01-02T00:00:00.120000000Z b mysql-full",
    ]);
    expect(decide("snapshot_lines", "[]")).to.equal("");
    expect(decide("snapshot_lines", "null")).to.equal("");
  });

  it("take the last backup that was complete at a moment", () => {
    const lines = "2026-01-01T00Z s a\n2026-01-02T00Z s b\n";
    expect(decide("newest 2026-01-01T00Z", lines)).to.equal("2026-01-01T00Z s a");
    expect(decide("newest 2026-01-01T23Z", lines)).to.equal("2026-01-01T00Z s a");
    expect(decide("newest ''", lines)).to.equal("2026-01-02T00Z s b");
    expect(decide("newest 2025-12-31T23Z", lines)).to.equal("");
    expect(decide("newest ''", "\n")).to.equal("");
  });

  it("write a moment as restic does", () => {
    expect(decide("moment 2026-01-31T12:00:00.5Z", "")).to.equal("2026-01-31T12:00:00.500000000Z");
  });

  it("keep GTID sets of several servers in a tag", () => {
    expect(decide(`tag from "$(cat)"`, logs("a", "e", { from: "u:1-3:5+v:1", to: "u:1-9" }))).to.equal("u:1-3:5,v:1");
    expect(decide(`tag last "$(cat)"`, logs("a", "e", { from: "u:1" }))).to.equal("");
  });

  it("find the GTID set of a dump, and read no further", () => {
    const head = "-- MySQL dump\nSET @@SESSION.SQL_LOG_BIN= 0;\n";
    const set = "SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'u:1-20,\nv:1-3';\n";
    const rest = "INSERT INTO t VALUES ('SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'x:1';');\n";
    expect(decide("gtids_in_dump", head + set + rest)).to.equal("u:1-20,v:1-3");
  });

  describe("which binary logs a restore needs", () => {
    const chain = [
      logs("1", "2026-01-01T01", { at: "2026-01-01T00:59" }),
      logs("2", "2026-01-01T02", { at: "2026-01-01T01:59" }),
      logs("3", "2026-01-01T03", { at: "2026-01-01T02:59" }),
    ];
    const needed = (start: string, to: string) =>
      decide(`logs_after ${start} '${to}' | cut -d ' ' -f 3 | tr '\\n' ' '`, chain.join("\n"));

    it("are those that ended after the full backup began", () => {
      expect(needed("2026-01-01T01:30", "")).to.equal("2 3");
      expect(needed("2026-01-01T02", "")).to.equal("3");
      expect(needed("2026-01-01T09", "")).to.equal("");
    });

    it("end with the first that leads to the moment", () => {
      expect(needed("2026-01-01T00", "2026-01-01T01:59")).to.equal("1 2");
      expect(needed("2026-01-01T00", "2026-01-01T02:00")).to.equal("1 2 3");
    });
  });

  describe("which binary logs are fetched", () => {
    const master = "binlog.000001\t1\nbinlog.000002\t2\nbinlog.000003\t3\n";
    const fetched = (server: string, last: string) =>
      decide(`files_to_fetch '${server}' '${last}' now | tr '\\n' ' '`, master).trimEnd();

    it("begins with the one that was being written the last time", () => {
      expect(fetched("now", "binlog.000002")).to.equal("binlog.000002 binlog.000003");
    });

    it("are all of a server that was not seen before, or that has begun anew", () => {
      for (const [server, last] of [
        ["other", "binlog.000002"],
        ["", ""],
        ["now", "binlog.000009"],
        ["now", ""],
      ] as const) {
        expect(fetched(server, last), `${server} ${last}`).to.equal("binlog.000001 binlog.000002 binlog.000003");
      }
    });
  });

  it("replay a file once that later backups have again, and longer", () => {
    const lines = [
      logs("1", "e", { server: "a", first: "f1", last: "f2" }),
      logs("2", "e", { server: "a", first: "", last: "f2" }),
      logs("3", "e", { server: "a", first: "f2", last: "f3" }),
      logs("4", "e", { server: "b", first: "f3", last: "f3" }),
    ];
    expect(decide("superseded", lines.join("\n")).split("\n")).to.deep.equal(["1 f2", "2 f2"]);
  });

  describe("cut_at: what is replayed", () => {
    const transaction = (gtid: string, microseconds: number, statement: string) =>
      [
        "# at 198",
        `#261128  3:16:29 server id 1  end_log_pos 277 CRC32 0x66d823a3 \tGTID\tlast_committed=0\tsequence_number=1\trbr_only=yes\toriginal_committed_timestamp=1\timmediate_commit_timestamp=${microseconds}\ttransaction_length=282`,
        `SET @@SESSION.GTID_NEXT= '${gtid}'/*!*/;`,
        statement,
        "COMMIT/*!*/;",
      ].join("\n");
    const log = [
      transaction("u:1", 1795835789658872, "one"),
      transaction("u:2", 1795835789658873, "two\n# immediate_commit_timestamp=9999999999999999 in a statement"),
      transaction("u:3", 1795835789658875, "three"),
      "SET @@SESSION.GTID_NEXT= 'AUTOMATIC' /* added by mysqlbinlog */ /*!*/;",
    ].join("\n");
    const cut = (stop: string) => {
      const [text, last] = decide(
        `report=$(mktemp); cut_at '${stop}' "$report"; echo "==$(cat "$report")"; rm "$report"`,
        log,
      ).split("\n==");
      return { statements: text?.split("\n").filter((line) => /^(one|two|three)/.test(line)), last };
    };

    it("is all without a moment", () => {
      expect(cut("")).to.deep.equal({ statements: ["one", "two", "three"], last: "1795835789658875 u:3" });
    });

    it("ends before the first transaction that was committed later, to the microsecond", () => {
      expect(cut("1795835789658873")).to.deep.equal({ statements: ["one", "two"], last: "1795835789658873 u:2" });
      expect(cut("1795835789658874").statements).to.deep.equal(["one", "two"]);
      expect(cut("1795835789658872").statements).to.deep.equal(["one"]);
    });

    it("is nothing when all came later", () => {
      expect(cut("1")).to.deep.equal({ statements: [], last: "" });
    });
  });
});

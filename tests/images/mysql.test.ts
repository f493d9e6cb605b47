import { expect } from "chai";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { dirname, join } from "path";

import { mysqlServer } from "./shell";

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
      mysqlServer("require_replication_password", { MYSQL_REPLICATION_PASSWORD: password });

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

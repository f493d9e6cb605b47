import { expect } from "chai";
import { readdirSync, readFileSync } from "fs";
import { join, resolve } from "path";

const DOCKER = resolve(__dirname, "../../docker");

/** What docker does with a build context whose .dockerignore excludes everything but single files. */
for (const image of [
  "redis-master",
  "redis-slave",
  "redis-backup",
  "mysql-master",
  "mysql-slave",
  "mysql-backup",
  "mysql-exporter",
  "restic",
  "web-backup",
]) {
  describe(`docker/${image}`, () => {
    const folder = join(DOCKER, image);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));

    it("holds what it copies, and nothing else", () => {
      const [first, ...rest] = readFileSync(join(folder, ".dockerignore"), "utf8").trim().split("\n");
      expect(first).to.equal("*");
      expect(rest.map((line) => line.replace(/^!/, ""))).to.have.members(
        files.filter((file) => file !== "Dockerfile" && file !== ".dockerignore"),
      );
    });

    it("ends as the numeric user", () => {
      const users = readFileSync(join(folder, "Dockerfile"), "utf8").match(/^USER .*/gm);
      // Each image its own, but for the one that must not be taken for its server.
      expect(users?.at(-1)).to.equal(image === "mysql-exporter" ? "USER 10002:10001" : "USER 10001:10001");
    });
  });
}

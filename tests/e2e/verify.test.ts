import { expect } from "chai";

import { eventually, run } from "../support/run";
import { exec, mysql, onlyPod, readyPods } from "./support/cluster";
import { NAMESPACE } from "./support/stack";

interface Report {
  readonly verdict: string;
}

/** Runs `npm run verify` as a person would, against the test's namespace. */
const verify = (...more: readonly string[]) =>
  run("npm", ["run", "-s", "verify", "--", "--context", "embedded", "--namespace", NAMESPACE, ...more]);

describe("npm run verify", () => {
  it("finds master and slaves equal, also while writes go on", async () => {
    const master = await onlyPod("mysql-master");
    await mysql(master, "CREATE TABLE form.busy (id INT AUTO_INCREMENT PRIMARY KEY)");
    // Bounded: it ends by itself even if nobody stops it.
    const write = "for i in $(seq 1500); do echo 'INSERT INTO form.busy VALUES (); DO SLEEP(0.02);'; done | mysql";
    let writing = true;
    const writer = exec(master, ["sh", "-c", write]).finally(() => {
      writing = false;
    });
    try {
      const { code, output } = await verify();
      expect(output).to.match(/equal/);
      expect(code, output).to.equal(0);
      expect(writing, "the writer was still at it").to.equal(true);
    } finally {
      await writer;
    }
  });

  it("names a row that only a slave has, and exits with 1", async () => {
    const [slave] = await readyPods("mysql-slave");
    if (slave === undefined) {
      throw new Error("no slave");
    }
    await mysql(
      slave,
      "SET GLOBAL super_read_only = OFF; INSERT INTO form.busy VALUES (999999); SET GLOBAL super_read_only = ON",
    );
    const { code, output } = await verify("--wait", "5");
    expect(code, output).to.equal(1);
    expect(output).to.match(/1 transactions? that the master does not have/);
    expect(output).to.include("form.busy");
    expect(output).to.include(slave.metadata.name);
    const json = await verify("--wait", "5", "--json");
    expect((JSON.parse(json.stdout) as Report).verdict).to.equal("differs");

    // The slave gives its own transaction up when it joins the master the next time.
    await mysql(slave, "STOP REPLICA IO_THREAD");
    await eventually(90, async () => {
      const { code, output } = await verify("--wait", "5");
      expect(code, output).to.equal(0);
    });
    await mysql(await onlyPod("mysql-master"), "DROP TABLE form.busy");
  });

  it("says when it could not compare, and exits with 2", async () => {
    const { code, output } = await run("npm", ["run", "-s", "verify"]);
    expect(code).to.equal(2);
    expect(output).to.match(/--stack/);
  });
});

import { mkdirSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";

import { fingerprint, mysql, onlyPod } from "./support/cluster";
import { succeed } from "../support/run";
import { dataRoot, hostPaths, NODE_PORT, pulumi, up, URL } from "./support/stack";

/** Seconds after which an update of a broken stack gives up. */
const IMPATIENT = 45;

/** An update that must fail; what it printed. */
async function failedUp(changes: Readonly<Record<string, unknown>>): Promise<string> {
  const { code, output } = await pulumi(["up", "--yes", "--skip-preview"], { readyTimeout: IMPATIENT, ...changes });
  expect(code, output).not.to.equal(0);
  return output;
}

const rows = async () => mysql(await onlyPod("mysql-master"), "SELECT COUNT(*) FROM form.application");

describe("broken input", () => {
  let written: string[][];

  before(async () => {
    written = await rows();
  });

  const mended = async (changes: Readonly<Record<string, unknown>> = {}) => {
    await up(changes);
    expect(await rows()).to.deep.equal(written);
    expect((await fetch(URL)).status).to.equal(200);
  };

  it("a bad setting: one line, nothing changed", async () => {
    const objects = await fingerprint();
    const output = await failedUp({ replicas: { web: 0 } });
    expect(output).to.include("k8s-web:replicas.web: 0; allowed: a whole number from 1 to 100");
    expect(await fingerprint()).to.deep.equal(objects);
  });

  it("a wrong passphrase: said so, nothing changed", async () => {
    const objects = await fingerprint();
    const { code, output } = await pulumi(
      ["up", "--yes", "--skip-preview"],
      {},
      { PULUMI_CONFIG_PASSPHRASE: "not it", PULUMI_CONFIG_PASSPHRASE_FILE: "" },
    );
    expect(code).not.to.equal(0);
    expect(output).to.match(/incorrect passphrase/);
    expect(await fingerprint()).to.deep.equal(objects);
  });

  it("a base image that nobody has: named, and the stack goes on", async () => {
    const output = await failedUp({ baseImages: { nginx: "nginx:no-such-version" } });
    expect(output).to.match(/nginx:no-such-version.*not found/s);
    expect((await fetch(URL)).status).to.equal(200);
    await mended();
  });

  it("a port that is taken: named, and the stack goes on", async () => {
    const other = "k8s-web-test-other";
    const port = NODE_PORT + 1;
    await succeed("kubectl", ["create", "namespace", other]);
    try {
      await succeed("kubectl", [
        "-n",
        other,
        "create",
        "service",
        "nodeport",
        "other",
        "--tcp=80",
        `--node-port=${port}`,
      ]);
      const output = await failedUp({ nodePort: port });
      expect(output).to.match(new RegExp(`${port}.*port is already allocated`, "s"));
      expect((await fetch(URL)).status).to.equal(200);
    } finally {
      await succeed("kubectl", ["delete", "namespace", other, "--wait"]);
    }
    await mended();
  });

  /** Mounts something at a directory for the time of a test. */
  const mounted = async (
    name: string,
    mount: (directory: string) => Promise<unknown>,
    test: (directory: string) => Promise<void>,
  ) => {
    const directory = path.join(dataRoot, name);
    mkdirSync(directory);
    await mount(directory);
    try {
      await test(directory);
    } finally {
      await mended({ allowDataMove: true });
      await succeed("umount", [directory]);
    }
  };

  it("a full data directory: the pod's own words, and nothing lost", async () => {
    await mounted(
      "full",
      (directory) => succeed("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", directory]),
      async (directory) => {
        const output = await failedUp({
          hostPaths: { ...hostPaths, mysqlData: directory },
          allowDataMove: true,
        });
        expect(output).to.match(/no space left|disk is full|No space/i);
      },
    );
  });

  it("a read-only data directory: the pod's own words, and nothing lost", async () => {
    await mounted(
      "read-only",
      async (directory) => {
        await succeed("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", directory]);
        await succeed("mount", ["-o", "remount,ro", directory]);
      },
      async (directory) => {
        const output = await failedUp({
          hostPaths: { ...hostPaths, mysqlData: directory },
          allowDataMove: true,
        });
        expect(output).to.match(/read-only file system/i);
      },
    );
  });
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";
import { stringify } from "yaml";

import { median } from "../drills/results";
import { Finished, run, succeed } from "../support/run";
import { NAMESPACE, pulumi, up } from "../e2e/support/stack";

const PLAIN = path.join(__dirname, "fixtures/plain");
/** The promise: how many times as long as a plain program's it may take to find nothing to do. */
const RATIO_MAX = 1.5;
/** Runs of each, by turns, as the machine's own speed changes; the median of their ratios counts. */
const RUNS = 5;

/** Milliseconds that a command took; throws unless it did what was expected. */
async function timed(command: () => Promise<Finished>): Promise<number> {
  const start = performance.now();
  const { code, output } = await command();
  expect(code, output).to.equal(0);
  return performance.now() - start;
}

describe("the speed of a run with nothing to do", () => {
  let directory: string;
  const plain = (args: readonly string[]) =>
    run("pulumi", ["--non-interactive", ...args, "--stack", "plain"], {
      cwd: PLAIN,
      env: { PULUMI_OPTION_CONFIG_FILE: path.join(directory, "Pulumi.plain.yaml") },
    });

  before(async () => {
    await up();
    directory = mkdtempSync(path.join(tmpdir(), "k8s-web-plain-"));
    const { deployment } = JSON.parse(await succeed("pulumi", ["stack", "export", "--stack", "test"])) as {
      deployment: { resources: { custom: boolean; type: string }[] };
    };
    const count = deployment.resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:")).length;
    writeFileSync(path.join(directory, "Pulumi.yaml"), stringify({ name: "plain", runtime: "nodejs" }));
    const config = { "plain:namespace": NAMESPACE, "plain:count": count };
    writeFileSync(path.join(directory, "Pulumi.plain.yaml"), stringify({ config }));
    // One that a killed run left; its objects went with their namespace.
    await run("pulumi", ["--non-interactive", "stack", "rm", "plain", "--yes", "--force", "--preserve-config"], {
      cwd: directory,
    });
    // From here, or Pulumi would write a configuration file beside the program.
    await succeed("pulumi", ["--non-interactive", "stack", "init", "plain", "--no-select"], { cwd: directory });
    const { code, output } = await plain(["up", "--yes", "--skip-preview"]);
    expect(code, output).to.equal(0);
    expect(output).to.contain(`+ ${count + 1} created`);
  });
  after(async () => {
    await plain(["destroy", "--yes", "--skip-preview"]);
    await plain(["stack", "rm", "--yes", "--preserve-config"]);
    rmSync(directory, { recursive: true });
  });

  for (const args of [["preview"], ["up", "--yes", "--skip-preview"]]) {
    it(`is at most ${RATIO_MAX} times that of a plain program with as many resources: ${args[0]}`, async () => {
      const wanted = [...args, "--expect-no-changes"];
      const ratios: number[] = [];
      for (let turn = 0; turn < RUNS; turn++) {
        const theirs = await timed(() => plain(wanted));
        ratios.push((await timed(() => pulumi(wanted))) / theirs);
      }
      const ratio = median(ratios);
      console.log(`      ${args[0]}: ${ratio.toFixed(2)} times (${ratios.map((one) => one.toFixed(2)).join(", ")})`);
      expect(ratio).to.be.at.most(RATIO_MAX);
    });
  }
});

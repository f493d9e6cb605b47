import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";
import { parse, stringify } from "yaml";

import { cluster } from "../support/cluster";
import { Finished, run } from "../support/run";
import { testStack } from "../support/stack";
import { pulumi as pulumiOnTheProgram } from "../e2e/support/stack";

const PACK = path.resolve("policies");
const PROGRAM = path.resolve("tests/stacks/fixtures/policies");
const STACK = "policies";
const NAMESPACE = "k8s-web-policies";
const PASSWORD = "correct-horse-battery";
/** What the small program breaks on request, the rule's name first, and what is said of it. */
const BROKEN = {
  "image-digest": "mysql-master/mysql: image registry.example/mysql:9.7 has no digest",
  "plain-text-password in a variable": "mysql-master/mysql: MYSQL_ROOT_PASSWORD is in plain text",
  "plain-text-password in a ConfigMap": "settings: data.my.cnf holds a setting with a password",
  "plain-text-password by its value": "settings: data.motto holds the value of policies:databasePassword",
  "plain-text-password in the program": "secret: data.password is none of the stack's settings",
  "root-container": "mysql-master/mysql may run as root",
  "resource-limits": "mysql-master/mysql: resources lack requests.memory, limits.cpu, limits.memory",
  probes: "mysql-master/mysql has no livenessProbe",
  "ephemeral-data": "mysql-master: the data at /var/lib/mysql lies on a volume of the kind emptyDir",
  "protected-data": "data is not protected",
};

type Settings = Readonly<Record<string, unknown>>;

describe("policies", () => {
  const { kubectl } = cluster(NAMESPACE);
  let directory: string;
  /** A preview of all that can be broken. */
  let stopped: Finished;

  /** Runs a command of Pulumi on the small program. It is good, unless settings say otherwise. */
  const pulumi = (args: readonly string[], settings: Settings = {}): Promise<Finished> => {
    const source = process.env["PULUMI_OPTION_CONFIG_FILE"];
    if (source === undefined) {
      throw new Error('no environment for the test: run it with make, or first eval "$(make -s env)"');
    }
    const environment = parse(readFileSync(source, "utf8")) as { config: Record<string, unknown> };
    const config = {
      kubeconfig: environment.config["k8s-web:kubeconfig"],
      context: environment.config["k8s-web:context"],
      namespace: NAMESPACE,
      databasePassword: PASSWORD,
      protect: true,
      ...settings,
    };
    const own = Object.fromEntries(Object.entries(config).map(([key, value]) => [`policies:${key}`, value]));
    const file = path.join(directory, "settings.yaml");
    writeFileSync(file, stringify({ ...environment, config: own }), { mode: 0o600 });
    return run("pulumi", ["--non-interactive", ...args, "--stack", STACK], {
      cwd: PROGRAM,
      env: { PULUMI_OPTION_CONFIG_FILE: file },
    });
  };
  const preview = (settings: Settings) => pulumi(["preview", "--policy-pack", PACK], settings);
  const up = (settings: Settings) => pulumi(["up", "--yes", "--skip-preview", "--policy-pack", PACK], settings);

  const expectDone = ({ code, output }: Finished) => {
    expect(code, output).to.equal(0);
  };
  const expectPassed = (finished: Finished) => {
    expectDone(finished);
    expect(finished.output).to.match(/✅ k8s-web@v[\d.]+ \(local: .*policies\)/);
  };
  const expectStopped = ({ code, output }: Finished, message: string) => {
    expect(code, output).not.to.equal(0);
    expect(output).to.include(message).and.not.to.include(PASSWORD);
  };

  /** What there is of the objects that a rule stops, by name and version. */
  const objects = (): Promise<string> =>
    kubectl([
      "get",
      "rc,secret,configmap,pvc",
      "-o",
      "jsonpath={range .items[*]}{.metadata.name} {.metadata.resourceVersion}\n{end}",
    ]);

  before(async () => {
    directory = mkdtempSync(path.join(tmpdir(), "k8s-web-policies-"));
    // What a killed run has left.
    await pulumi(["state", "unprotect", "--all", "--yes"]);
    await pulumi(["destroy", "--yes", "--skip-preview", "--remove"]);
    // From a directory of its own: Pulumi would write a configuration file into the project's.
    writeFileSync(path.join(directory, "Pulumi.yaml"), readFileSync(path.join(PROGRAM, "Pulumi.yaml")));
    const init = ["--non-interactive", "stack", "init", STACK, "--no-select"];
    expectDone(await run("pulumi", init, { cwd: directory }));
    stopped = await preview({ breaks: Object.keys(BROKEN) });
  });

  after(async () => {
    expectDone(await pulumi(["state", "unprotect", "--all", "--yes"]));
    expectDone(await pulumi(["destroy", "--yes", "--skip-preview", "--remove"]));
    rmSync(directory, { recursive: true, force: true });
  });

  for (const [broken, message] of Object.entries(BROKEN)) {
    it(`stop a preview of what breaks them, and say it: ${broken}`, () => {
      const [rule = ""] = broken.split(" ");
      expectStopped(stopped, `[mandatory]  ${rule} `);
      expectStopped(stopped, message);
    });
  }

  it("let a good program through", async () => {
    expectPassed(await up({}));
    expect(await objects()).to.match(/^mysql-master /m);
  });

  it("stop an update before it changes anything", async () => {
    const before = await objects();
    expectStopped(await up({ breaks: ["image-digest"] }), BROKEN["image-digest"]);
    expect(await objects()).to.equal(before);
  });

  it("leave it to Pulumi to refuse the replacement and the deletion of what is protected", async () => {
    expectStopped(await pulumi(["preview"], { breaks: ["replacement"] }), "marked for protection");
    expectStopped(await pulumi(["preview"], { breaks: ["deletion"] }), "because it is protected");
  });

  it("need not look at Pulumi's state: what a Secret holds is encrypted there", async () => {
    const { stdout } = await pulumi(["stack", "export"]);
    expect(stdout).to.include('"stringData"').and.not.to.include(PASSWORD);
  });

  it("let the program of this repository through, as it runs", async () => {
    expectPassed(await pulumiOnTheProgram(["preview", "--policy-pack", PACK]));
  });

  it("let the program of this repository through, with protected claims", async () => {
    const protectedStack = testStack({
      name: "policies-program",
      nodePort: 30095,
      settings: { storage: { kind: "claim" }, protect: true },
    });
    await protectedStack.remove();
    await protectedStack.init();
    expectPassed(await protectedStack.pulumi(["preview", "--policy-pack", PACK]));
    await protectedStack.remove();
  });
});

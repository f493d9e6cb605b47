import { expect } from "chai";

import { parsePods } from "../../verify/pods";
import { print } from "../../verify/print";
import { check, EXIT_CODES, overall, Report, Section, verdictOf } from "../../verify/report";
import { targetOf } from "../../command/target";
import { parseOptions } from "../../verify/options";
import { leastSettings, rawSettings, testSecrets } from "./settings";

const section = (...checks: Section["checks"]): Section => ({ title: "MySQL", servers: ["m", "s"], checks });
const fine = check("writes", ["m", "s"], [{ text: "takes writes" }, { text: "super read-only" }]);
const wrong = check("writes", ["m", "s"], [{ text: "takes writes" }, { text: "on", problem: "is off" }]);
const unknown = overall("tables", "unknown", "tables: not compared: why");

const printed = (checks: Section["checks"]): string[] => {
  const sections = [section(...checks)];
  const report: Report = { context: "c", namespace: "n", verdict: verdictOf(sections), sections };
  return print(report, (pod) => `kubectl logs ${pod}`, "kubectl get pods").split("\n");
};

describe("verify: report", () => {
  it("exits with 0, 1 or 2, and a difference weighs more than what is unknown", () => {
    expect(EXIT_CODES[verdictOf([section(fine)])]).to.equal(0);
    expect(EXIT_CODES[verdictOf([section(fine, unknown, wrong)])]).to.equal(1);
    expect(EXIT_CODES[verdictOf([section(fine, unknown)])]).to.equal(2);
    expect(EXIT_CODES[verdictOf([section({ ...fine, verdict: "info" })])]).to.equal(0);
  });

  it("prints aligned columns, and the verdict last", () => {
    expect(printed([fine])).to.deep.equal([
      "Namespace n, context c",
      "",
      "MySQL   m             s",
      "writes  takes writes  super read-only  ok",
      "",
      "equal: master and slaves hold the same",
    ]);
  });

  it("marks and explains a difference, and gives the next command", () => {
    const lines = printed([wrong]);
    expect(lines).to.include("writes  takes writes  ✗ on  DIFFERS");
    expect(lines).to.include("  ✗ s: is off");
    expect(lines.at(-1)).to.equal("differs: 1 problem. Next: kubectl logs s");
    expect(printed([overall("pods", "differs", "there is no pod of a slave")]).at(-1)).to.contain("kubectl get pods");
  });

  it("says that something could not be compared, and why", () => {
    const lines = printed([unknown]);
    expect(lines).to.include("  ✗ tables: not compared: why");
    expect(lines.at(-1)).to.match(/^not compared: .*longer --wait$/);
  });
});

describe("verify: pods", () => {
  const pod = (name: string, status: object, metadata: object = {}) => ({
    metadata: { name, labels: { name: "mysql-slave" }, ...metadata },
    status: { phase: "Running", ...status },
  });
  const reasons = (...items: readonly object[]) => parsePods(JSON.stringify({ items })).map(({ unready }) => unready);
  const ready = { conditions: [{ type: "Ready", status: "True" }], containerStatuses: [{ state: { running: {} } }] };

  it("takes a ready pod for ready", () => {
    expect(parsePods(JSON.stringify({ items: [pod("a", ready)] }))).to.deep.equal([
      { name: "a", role: "mysql-slave", running: true },
    ]);
  });

  it("says why another is not", () => {
    const waiting = { reason: "CrashLoopBackOff", message: "back-off 10s" };
    expect(
      reasons(
        pod("a", ready, { deletionTimestamp: "2026-01-01T00:00:00Z" }),
        pod("b", { containerStatuses: [{ state: { waiting } }] }),
        pod("c", { containerStatuses: [{ state: { terminated: { exitCode: 137, reason: "OOMKilled" } } }] }),
        pod("d", {
          phase: "Pending",
          conditions: [{ type: "PodScheduled", status: "False", message: "Insufficient cpu" }],
        }),
        pod("e", {
          conditions: [{ type: "Ready", status: "False", message: "containers with unready status: [mysql]" }],
          containerStatuses: [{ state: { running: {} } }],
        }),
      ),
    ).to.deep.equal([
      "terminating since 2026-01-01T00:00:00Z",
      "CrashLoopBackOff: back-off 10s",
      "ended with code 137: OOMKilled",
      "Pending: Insufficient cpu",
      "Running: containers with unready status: [mysql]",
    ]);
  });
});

describe("verify: target", () => {
  it("takes a stack, or a context with a namespace", () => {
    expect(parseOptions(["--stack", "dev"])).to.deep.equal({ of: "dev", wait: 30, json: false });
    expect(parseOptions(["--context", "c", "--namespace", "n", "--wait", "5", "--json"])).to.deep.equal({
      of: { context: "c", namespace: "n", kubeconfig: undefined },
      wait: 5,
      json: true,
    });
    expect(parseOptions(["--help"])).to.equal(undefined);
  });

  for (const args of [
    [],
    ["--context", "c"],
    ["--namespace", "n"],
    ["--stack", "dev", "--context", "c"],
    ["--stack", "dev", "--wait", "soon"],
    ["--unknown"],
    ["dev"],
  ]) {
    it(`refuses ${JSON.stringify(args)}`, () => {
      expect(() => parseOptions(args)).to.throw();
    });
  }

  it("is where the program would deploy the configuration, without knowing a secret", () => {
    const config = (changes: Record<string, string> = {}) =>
      Object.fromEntries(
        Object.entries(rawSettings({ ...leastSettings, ...changes })).map(([key, value]) =>
          key.replace(/^.*:/, "") in testSecrets ? [key, { secret: true }] : [key, { value, secret: false }],
        ),
      );
    expect(targetOf("k8s-web", "dev", config())).to.deep.equal({
      context: "test-context",
      namespace: "k8s-web-dev",
      kubeconfig: undefined,
    });
    expect(targetOf("k8s-web", "dev", config({ namespace: "other", kubeconfig: "/k" }))).to.deep.equal({
      context: "test-context",
      namespace: "other",
      kubeconfig: "/k",
    });
    expect(() => targetOf("k8s-web", "dev", config({ namespace: "NO" }))).to.throw("k8s-web:namespace");
  });
});

import { readFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import { parse, parseAllDocuments } from "yaml";

import { schema } from "../../config/schema";
import { dashboard } from "../../monitoring/dashboard";

const FOLDER = path.join(__dirname, "..", "..", "monitoring");
const read = (file: string): unknown => parse(readFileSync(path.join(FOLDER, file), "utf8"));

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}
interface Tests {
  readonly tests: readonly {
    readonly name: string;
    readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts?: readonly object[] }[];
  }[];
}

const alerts = (read("rules.yaml") as { groups: { rules: Alert[] }[] }).groups.flatMap(({ rules }) => rules);
const { tests } = read("rules.test.yaml") as Tests;

/** The anchors that a page's headings make. */
const anchorsOf = (file: string): string[] =>
  [...readFileSync(file, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );

describe("alerts", () => {
  it("have names of their own, a severity, and words for people", () => {
    const names = alerts.map(({ alert }) => alert);
    expect(names).to.deep.equal([...new Set(names)]);
    for (const { alert, labels, annotations } of alerts) {
      expect(labels.severity, alert).to.be.oneOf(["warning", "critical"]);
      expect(annotations.summary, alert).to.match(/\w/);
      expect(annotations.description, alert).to.match(/[\w)]\.$/);
    }
  });

  it("each lead to a section of the runbook, and each section of an alert has one", () => {
    const anchors = anchorsOf("docs/runbook.md");
    for (const { alert, annotations } of alerts) {
      const [file, anchor] = annotations.runbook_url.split("#");
      expect(file, alert).to.equal("docs/runbook.md");
      expect(anchor, alert).to.equal(alert.toLowerCase());
      expect(anchors, alert).to.include(anchor);
    }
    const sections = [...readFileSync("docs/runbook.md", "utf8").matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
    expect(sections).to.have.members(alerts.map(({ alert }) => alert));
  });

  it("are each tested on a fault, in which they fire, and in health, when they don't", () => {
    const tested = tests.flatMap(({ name, alert_rule_test }) => alert_rule_test.map((test) => ({ name, ...test })));
    for (const { alert } of alerts) {
      const own = tested.filter(({ alertname }) => alertname === alert);
      expect(
        own.some(({ exp_alerts }) => (exp_alerts ?? []).length > 0),
        `${alert} fires`,
      ).to.equal(true);
      const quiet = own.some(({ name, exp_alerts }) => name === "health" && (exp_alerts ?? []).length === 0);
      expect(quiet, `${alert} is quiet in health`).to.equal(true);
    }
  });
});

describe("the dashboard", () => {
  it("is what its code prints (npm run -s dashboard >monitoring/dashboard.json)", () => {
    expect(read("dashboard.json")).to.deep.equal(dashboard());
  });

  it("has panels that lie beside each other, not upon", () => {
    const places = dashboard().panels.map(({ gridPos }) => gridPos);
    for (const [index, one] of places.entries()) {
      expect(one.x + one.w).to.be.at.most(24);
      for (const other of places.slice(index + 1)) {
        const apart =
          one.x + one.w <= other.x ||
          other.x + other.w <= one.x ||
          one.y + one.h <= other.y ||
          other.y + other.h <= one.y;
        expect(apart, JSON.stringify([one, other])).to.equal(true);
      }
    }
  });
});

describe("images that others make", () => {
  /** Stand-ins have the names and versions of what is deployed; embedded/ is no part of the program. */
  const standIns = [
    ...readFileSync("embedded/cluster/internal/images/images.go", "utf8").matchAll(
      /dockerfileImage\("[\w-]+", "([\w/-]+)", "([\w.]+)"/g,
    ),
  ].map(([, repository, tag]) => `${repository}:${tag}`);

  it("can be had on the embedded cluster, in the same versions", () => {
    const { baseImages } = schema.shape;
    const { mysqldExporter, redisExporter, nginxExporter, restic } = baseImages.parse("{}");
    const applied = ["prometheus/prometheus.yaml", "prometheus/node-exporter.yaml"].flatMap((file) =>
      parseAllDocuments(readFileSync(path.join(FOLDER, file), "utf8"))
        .map((document) => document.toJS() as { spec?: { template?: { spec: { containers: { image: string }[] } } } })
        .flatMap(({ spec }) => spec?.template?.spec.containers.map(({ image }) => image) ?? []),
    );
    expect(standIns).to.have.members([mysqldExporter, redisExporter, nginxExporter, restic, ...applied]);
  });
});

import { expect } from "chai";

import { asKnown, criticalFindings, judge } from "../../checks/kubeScore";
import { fileNameOf } from "../../sbom/images";

const finding = { check: "pod-probes", where: "Deployment/web nginx", summary: "no probe" };
const accepted = { check: "pod-probes", where: "Deployment/web .*", reason: "a test" };

describe("what kube-score finds", () => {
  it("is about the pods of a ReplicationController too", () => {
    const template = { spec: { containers: [] } };
    const controller = {
      apiVersion: "v1",
      kind: "ReplicationController",
      metadata: { name: "web" },
      spec: { replicas: 2, selector: { name: "web" }, template },
    };
    expect(asKnown(controller)).to.deep.equal({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: { replicas: 2, selector: { matchLabels: { name: "web" } }, template },
    });
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "web" } };
    expect(asKnown(service)).to.equal(service);
  });

  it("is named by kind, name and container, without what Pulumi makes up", () => {
    const comments = [{ path: "nginx", summary: "no probe" }];
    const object = (grade: number, skipped: boolean) => ({
      type_meta: { kind: "Deployment" },
      object_meta: { name: "web-1a2b3c4d" },
      checks: [{ check: { id: "pod-probes" }, grade, skipped, comments }],
    });
    expect(criticalFindings([object(1, false)])).to.deep.equal([finding]);
    expect(criticalFindings([object(5, false), object(10, false), object(1, true)])).to.deep.equal([]);
  });

  it("is a problem unless it is accepted", () => {
    expect(judge([finding], [])).to.deep.equal(["Deployment/web nginx: no probe (pod-probes)"]);
    expect(judge([finding], [accepted])).to.deep.equal([]);
    expect(judge([finding], [{ ...accepted, where: "Deployment/web" }])).to.have.length(2);
    expect(judge([finding], [{ ...accepted, check: "pod-networkpolicy" }])).to.have.length(2);
  });

  it("is not accepted in advance", () => {
    expect(judge([], [accepted])).to.deep.equal([
      "checks/accepted.yaml accepts pod-probes of Deployment/web .*, which no object has: take it out",
    ]);
  });
});

describe("the list of an image's packages", () => {
  for (const [image, file] of [
    ["registry.example:5000/k8s-web/dabaweb@sha256:0123456789abcdef", "dabaweb-0123456789ab.spdx.json"],
    ["registry.example/k8s-web/redis-master:dev@sha256:0123456789abcdef", "redis-master-0123456789ab.spdx.json"],
    ["mysqld-exporter:v1", "mysqld-exporter-v1.spdx.json"],
    ["nginx", "nginx-latest.spdx.json"],
  ] as const) {
    it(`of ${image} lies in ${file}`, () => {
      expect(fileNameOf(image)).to.equal(file);
    });
  }
});

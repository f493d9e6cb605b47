import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { heldOf, locksOf } from "../../recover/lock";
import { decide, idOf, pendingCreates } from "../../recover/pending";

const PROVIDER = "urn:pulumi:dev::k8s-web::pulumi:providers:kubernetes::cluster";
const urn = (type: string, name: string) => `urn:pulumi:dev::k8s-web::${type}::${name}`;

describe("recover: what was being made", () => {
  const service = {
    urn: urn("kubernetes:core/v1:Service", "redis-slave"),
    type: "kubernetes:core/v1:Service",
    provider: `${PROVIDER}::id-1`,
    inputs: { apiVersion: "v1", kind: "Service", metadata: { name: "redis-slave", namespace: "space" } },
  };
  const job = {
    urn: urn("kubernetes:batch/v1:Job", "migrate"),
    type: "kubernetes:batch/v1:Job",
    provider: `${PROVIDER}::id-1`,
    inputs: { apiVersion: "batch/v1", kind: "Job", metadata: { name: "migrate-1a2b", namespace: "space" } },
  };
  const controller = {
    urn: urn("kubernetes:core/v1:ReplicationController", "web"),
    type: "kubernetes:core/v1:ReplicationController",
    provider: `${PROVIDER}::id-1`,
    inputs: { apiVersion: "v1", kind: "ReplicationController", metadata: { name: "web-2", namespace: "space" } },
  };
  const image = {
    urn: urn("docker-build:index:Image", "web"),
    type: "docker-build:index:Image",
    inputs: { tags: ["web"] },
  };
  const cluster = {
    urn: PROVIDER,
    id: "id-1",
    type: "pulumi:providers:kubernetes",
    inputs: { context: "one", kubeconfig: "/kubeconfig" },
  };

  it("are the creates, each with the cluster of its provider; nothing else that was under way", () => {
    const pending = pendingCreates({
      deployment: {
        resources: [cluster, { ...controller, id: "space/web-1" }],
        pending_operations: [
          { type: "creating", resource: service },
          { type: "updating", resource: { ...service, urn: "other" } },
          { type: "deleting", resource: { ...service, urn: "another" } },
          { type: "creating", resource: job },
          { type: "creating", resource: controller },
          { type: "creating", resource: image },
        ],
      },
    });
    const where = { context: "one", kubeconfig: "/kubeconfig", namespace: "space" };
    expect(pending).to.deep.equal([
      {
        urn: service.urn,
        type: service.type,
        object: { kind: "Service", qualified: "Service.v1.", name: "redis-slave", ...where },
      },
      {
        urn: job.urn,
        type: job.type,
        object: { kind: "Job", qualified: "Job.v1.batch", name: "migrate-1a2b", ...where },
      },
      {
        urn: controller.urn,
        type: controller.type,
        object: { kind: "ReplicationController", qualified: "ReplicationController.v1.", name: "web-2", ...where },
      },
      { urn: image.urn, type: image.type, object: undefined },
    ]);
  });

  it("are none when nothing was under way", () => {
    expect(pendingCreates({ deployment: {} })).to.deep.equal([]);
  });

  it("have Pulumi's own ids", () => {
    expect(idOf({ kind: "Service", qualified: "Service.v1.", name: "a", namespace: "space" })).to.equal("space/a");
    expect(idOf({ kind: "Namespace", qualified: "Namespace.v1.", name: "space" })).to.equal("space");
  });

  it("are removed when Pulumi has made them, unless they may hold data; what others have made is refused", () => {
    const ours = ["kube-controller-manager", "pulumi-kubernetes-1a2b3c4d"];
    expect(decide("Service", ours)).to.equal("remove");
    expect(decide("Service", undefined)).to.equal("make anew");
    expect(decide("PersistentVolumeClaim", ours)).to.equal("leave");
    expect(decide("Namespace", ours)).to.equal("leave");
    expect(decide("Namespace", ["kubectl-create"])).to.equal("refuse");
    expect(decide("Service", [])).to.equal("refuse");
  });
});

describe("recover: locks", () => {
  const lock = { pid: 7, username: "ada", hostname: "here", timestamp: "2026-01-02T03:04:05Z" };

  it("are held by processes that live, and by those of other machines", () => {
    const dead = () => false;
    expect(heldOf([lock], "here", dead)).to.deep.equal([]);
    expect(heldOf([lock], "here", (pid) => pid === 7)).to.deep.equal([lock]);
    expect(heldOf([lock], "there", dead)).to.deep.equal([lock]);
  });

  it("are the files of a backend of files, and unknown elsewhere", () => {
    const directory = mkdtempSync(path.join(tmpdir(), "k8s-web-locks-"));
    try {
      expect(locksOf(`file://${directory}`, "k8s-web", "dev")).to.deep.equal([]);
      const folder = path.join(directory, ".pulumi/locks/organization/k8s-web/dev");
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, "one.json"), JSON.stringify(lock));
      expect(locksOf(`file://${directory}`, "k8s-web", "dev")).to.deep.equal([lock]);
      expect(locksOf(`file://${directory}`, "k8s-web", "other")).to.deep.equal([]);
      expect(locksOf("https://backend.example", "k8s-web", "dev")).to.deep.equal([]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

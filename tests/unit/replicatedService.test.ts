import { expect } from "chai";

import { podsFor } from "../../components/autoscaler";
import { ReplicatedService, ReplicatedServiceArgs, revisionOf } from "../../components/replicatedService";
import { named } from "../../manifests/engine";
import { record, Recorder, registered, valueOf } from "./mocks";

const args: ReplicatedServiceArgs = {
  namespace: "space",
  replicas: 2,
  podSpec: { containers: [{ name: "one", image: "image@sha256:1" }] },
  rollout: "beside",
  port: 6379,
  hostsFrom: "env",
  readyTimeout: 600,
};

describe("ReplicatedService", () => {
  let recorder: Recorder;
  beforeEach(async () => {
    recorder = await record();
  });

  const make = async (changes: Partial<ReplicatedServiceArgs>) => {
    const made = new ReplicatedService("part", { ...args, ...changes });
    const host = await valueOf(made.endpoint.host);
    await registered();
    return {
      host,
      controller: recorder.the("kubernetes:core/v1:ReplicationController", "part").inputs as {
        metadata: object;
        spec: { selector: object; template: { spec: object } };
      },
      service: recorder.the("kubernetes:core/v1:Service", "part").inputs as { metadata: object; spec: object },
    };
  };

  it("rolls out beside with a generated name and a selector of its own", async () => {
    const { controller } = await make({ rollout: "beside" });
    expect(controller.metadata).not.to.have.property("name");
    expect(controller.spec.selector).to.deep.equal({
      name: "part",
      revision: revisionOf(controller.spec.template.spec),
    });
  });

  it("recreates under a fixed name", async () => {
    const { controller } = await make({ rollout: "recreate" });
    expect(controller.metadata).to.have.property("name", "part");
    expect(controller.spec.selector).to.deep.equal({ name: "part" });
  });

  it("selects pods of every revision in the Service", async () => {
    const { service } = await make({});
    expect(service.spec).to.deep.include({ selector: { name: "part" }, type: "ClusterIP" });
  });

  it("opens a port on the nodes when asked to", async () => {
    const { service } = await make({ nodePort: 30080 });
    expect(service.spec).to.deep.include({
      type: "NodePort",
      ports: [{ port: 6379, targetPort: 6379, nodePort: 30080 }],
    });
  });

  it("is found by cluster IP or by name", async () => {
    expect((await make({ hostsFrom: "env" })).host).to.equal("ip-of-part");
    recorder = await record();
    expect((await make({ hostsFrom: "dns" })).host).to.equal("part");
  });
});

describe("a ReplicatedService whose load decides", () => {
  const autoscaling = { min: 2, max: 6, cpuPercent: 50 };
  let recorder: Recorder;
  beforeEach(async () => {
    recorder = await record();
  });

  const make = async (replicas: ReplicatedServiceArgs["replicas"]) => {
    new ReplicatedService("part", { ...args, replicas });
    await registered();
    return {
      controller: recorder.the("kubernetes:core/v1:ReplicationController", "part"),
      budget: recorder.the("kubernetes:policy/v1:PodDisruptionBudget", "part").inputs as {
        metadata: { annotations?: object };
      },
      scalers: recorder.registrations.filter(({ type }) => type.endsWith(":HorizontalPodAutoscaler")),
    };
  };

  it("has an autoscaler that turns to each new controller", async () => {
    const { controller, scalers } = await make(autoscaling);
    expect(scalers.map(({ name, inputs }) => [name, inputs["spec"]])).to.deep.equal([
      [
        "part",
        {
          scaleTargetRef: { apiVersion: "v1", kind: "ReplicationController", name: named(controller).metadata.name },
          minReplicas: 2,
          maxReplicas: 6,
          metrics: [
            { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
          ],
        },
      ],
    ]);
  });

  it("starts with the least number, and is told anew how many pods there are whenever it may be given another", async () => {
    const { controller, budget } = await make(autoscaling);
    const { spec } = controller.inputs as { spec: { replicas: number; selector: { revision: string } } };
    expect(spec.replicas).to.equal(2);
    expect(budget.metadata.annotations).to.deep.equal({ "k8s-web/written-for": `${spec.selector.revision}-2-6` });
  });

  it("is none when a number is given", async () => {
    const { scalers, budget } = await make(2);
    expect(scalers).to.deep.equal([]);
    expect(budget.metadata).to.not.have.property("annotations");
  });

  it("is given as many pods as there are, within its limits", async () => {
    for (const [present, given] of [
      [0, 2],
      [4, 4],
      [9, 6],
    ] as const) {
      expect(await valueOf(podsFor(autoscaling, present)), `of ${present}`).to.equal(given);
    }
  });
});

describe("where a ReplicatedService runs", () => {
  let recorder: Recorder;
  beforeEach(async () => {
    recorder = await record();
  });

  const where = async (changes: Partial<ReplicatedServiceArgs>) => {
    new ReplicatedService("part", { ...args, ...changes });
    await registered();
    const { inputs } = recorder.the("kubernetes:core/v1:ReplicationController", "part");
    const { containers, ...rest } = (inputs as { spec: { template: { spec: { containers: unknown } } } }).spec.template
      .spec;
    expect(containers).to.deep.equal([{ name: "one", image: "image@sha256:1" }]);
    return rest;
  };
  const spread = {
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: { name: "part" } },
    matchLabelKeys: ["revision"],
  };

  it("is evenly over the nodes, as far as possible", async () => {
    expect(await where({})).to.deep.equal({ topologySpreadConstraints: [spread] });
  });

  it("is evenly over zones or not at all, when that is required", async () => {
    const placement = { spread: { topologyKey: "topology.kubernetes.io/zone", required: true } };
    expect(await where({ placement })).to.deep.equal({
      topologySpreadConstraints: [
        { ...spread, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule" },
      ],
    });
  });

  it("is the node that has its data, for what owns data", async () => {
    const placement = {
      nodeSelector: { pool: "disks", "kubernetes.io/hostname": "two" },
      tolerations: [{ key: "db" }],
    };
    const pinned = { "kubernetes.io/hostname": "one" };
    expect(await where({ rollout: "recreate", placement, pinned })).to.deep.equal({
      nodeSelector: { pool: "disks", "kubernetes.io/hostname": "one" },
      tolerations: [{ key: "db" }],
    });
  });

  it("is another node than that of its like, and than that of its master, if there is one", async () => {
    const topologyKey = "kubernetes.io/hostname";
    expect(await where({ rollout: "recreate", apartFrom: { name: "master" } })).to.deep.equal({
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              podAffinityTerm: {
                topologyKey,
                labelSelector: spread.labelSelector,
                matchLabelKeys: ["revision"],
              },
            },
            { weight: 50, podAffinityTerm: { topologyKey, labelSelector: { matchLabels: { name: "master" } } } },
          ],
        },
      },
    });
  });
});

describe("revisionOf", () => {
  it("is the same whatever the order of keys", () => {
    expect(revisionOf({ a: 1, b: { c: [1, 2], d: 2 } })).to.equal(revisionOf({ b: { d: 2, c: [1, 2] }, a: 1 }));
  });

  it("differs when a value or the order of a list differs", () => {
    const revisions = [{ a: 1 }, { a: 2 }, { a: [1, 2] }, { a: [2, 1] }, { b: 1 }].map(revisionOf);
    expect(new Set(revisions).size).to.equal(revisions.length);
  });

  it("is a valid label value", () => {
    expect(revisionOf({})).to.match(/^[0-9a-f]{10}$/);
  });
});

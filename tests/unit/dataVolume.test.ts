import { expect } from "chai";

import { DataVolume, DataVolumeArgs, locationOf, refusalToMove } from "../../components/dataVolume";
import { record, Recorder, registered, valueOf } from "./mocks";

const claim = { kind: "claim", storageClass: "fast", size: "8Gi", keep: true } as const;

describe("DataVolume", () => {
  let recorder: Recorder;
  beforeEach(async () => {
    recorder = await record();
  });

  const make = async (args: Pick<DataVolumeArgs, "storage" | "shared">) => {
    const made = new DataVolume("part", { namespace: "space", allowMove: false, ...args });
    const mounted = await valueOf(made.mounted("data", "/data"));
    await registered();
    return { made, mounted };
  };
  const claims = () => recorder.registrations.filter(({ type }) => type.endsWith(":PersistentVolumeClaim"));

  it("is a directory of any node", async () => {
    const { made, mounted } = await make({ storage: { kind: "hostPath", path: "/data/part" } });
    expect(mounted.volume).to.deep.equal({
      name: "data",
      hostPath: { path: "/data/part", type: "DirectoryOrCreate" },
    });
    expect([made.onNode, made.nodeSelector]).to.deep.equal([true, undefined]);
    expect(claims()).to.deep.equal([]);
  });

  it("keeps the pods on the node that has the directory", async () => {
    const { made } = await make({ storage: { kind: "hostPath", path: "/data/part", node: "one" } });
    expect(made.nodeSelector).to.deep.equal({ "kubernetes.io/hostname": "one" });
  });

  it("is a claim of one pod's", async () => {
    const { made, mounted } = await make({ storage: claim });
    expect(mounted.volume).to.deep.equal({ name: "data", persistentVolumeClaim: { claimName: "part" } });
    expect([made.onNode, made.nodeSelector]).to.deep.equal([false, undefined]);
    expect(recorder.the("kubernetes:core/v1:PersistentVolumeClaim", "part").inputs["spec"]).to.deep.equal({
      accessModes: ["ReadWriteOnce"],
      storageClassName: "fast",
      resources: { requests: { storage: "8Gi" } },
    });
  });

  it("is a claim that pods of several nodes share, of the default class", async () => {
    await make({ storage: { ...claim, storageClass: undefined }, shared: true });
    expect(recorder.the("kubernetes:core/v1:PersistentVolumeClaim", "part").inputs["spec"]).to.deep.equal({
      accessModes: ["ReadWriteMany"],
      resources: { requests: { storage: "8Gi" } },
    });
  });

  it("notes in the cluster where the data lies", async () => {
    await make({ storage: { kind: "hostPath", path: "/data/part", node: "one" } });
    expect(recorder.the("kubernetes:core/v1:ConfigMap", "part-location").inputs["data"]).to.deep.equal({
      location: "hostPath /data/part on node one",
    });
  });
});

describe("locationOf", () => {
  it("differs when the data lies elsewhere", () => {
    const places = [
      { kind: "hostPath", path: "/a" },
      { kind: "hostPath", path: "/b" },
      { kind: "hostPath", path: "/a", node: "one" },
      claim,
      { ...claim, storageClass: undefined },
    ] as const;
    expect(new Set(places.map(locationOf)).size).to.equal(places.length);
  });

  it("is the same when a claim grows", () => {
    expect(locationOf({ ...claim, size: "16Gi" })).to.equal(locationOf(claim));
  });
});

describe("refusalToMove", () => {
  it("has nothing against the first place, the same place, and a place that is meant", () => {
    expect(refusalToMove("part", undefined, "b", false)).to.equal(undefined);
    expect(refusalToMove("part", "b", "b", false)).to.equal(undefined);
    expect(refusalToMove("part", "a", "b", true)).to.equal(undefined);
  });

  it("names both places and what to do", () => {
    expect(refusalToMove("part", "hostPath /a", "hostPath /b", false)).to.match(
      /^The data of part lies in: hostPath \/a\. The configuration now says: hostPath \/b\..*pulumi config set allowDataMove true$/,
    );
  });
});

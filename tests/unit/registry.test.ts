import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";

import { jobOf } from "../../components/job";
import { dockerConfig, registryServer } from "../../components/pod/registry";
import { pullSecret } from "../../components/pullSecret";
import { ReplicatedService } from "../../components/replicatedService";
import { record, registered } from "./mocks";

describe("registryServer", () => {
  const servers: readonly (readonly [reference: string, server: string])[] = [
    ["registry.example:5000/k8s-web", "registry.example:5000"],
    ["registry.example/a/b", "registry.example"],
    ["localhost/k8s-web", "localhost"],
    ["127.0.0.1:5000/k8s-web", "127.0.0.1:5000"],
    ["acme/k8s-web", "docker.io"],
    ["acme", "docker.io"],
  ];
  for (const [reference, server] of servers) {
    it(`of ${reference} is ${server}`, () => {
      expect(registryServer(reference)).to.equal(server);
    });
  }
});

describe("dockerConfig", () => {
  it("holds the login as the kubelet reads it", () => {
    expect(JSON.parse(dockerConfig("registry.example", "ada", 'p"w'))).to.deep.equal({
      auths: { "registry.example": { username: "ada", password: 'p"w', auth: "YWRhOnAidw==" } },
    });
  });

  it("names Docker Hub by its old address", () => {
    expect(dockerConfig("docker.io", "ada", "x")).to.match(/^{"auths":{"https:\/\/index\.docker\.io\/v1\/":{/);
  });
});

describe("a pull secret", () => {
  it("is one, and reaches the pods of controllers and Jobs by its name", async () => {
    const recorder = await record();
    const login = { server: "registry.example", username: "ada", password: pulumi.secret("pass-word") };
    const { metadata } = pullSecret("registry", { namespace: "space", login }, {});
    const workload = {
      namespace: "space",
      hostsFrom: "env",
      readyTimeout: 60,
      imagePullSecrets: [metadata.name],
    } as const;
    const container = { name: "one", image: "registry.example/one@sha256:1" };
    jobOf("job", { ...workload, container }, {});
    const podSpec = { containers: [container] };
    new ReplicatedService("part", { ...workload, replicas: 1, podSpec, rollout: "beside", port: 80 });
    await registered();

    const { inputs, secrets } = recorder.the("kubernetes:core/v1:Secret", "registry");
    expect(inputs).to.deep.include({
      type: "kubernetes.io/dockerconfigjson",
      stringData: { ".dockerconfigjson": dockerConfig("registry.example", "ada", "pass-word") },
    });
    expect(secrets).to.deep.equal(["stringData"]);
    for (const [type, name] of [
      ["kubernetes:batch/v1:Job", "job"],
      ["kubernetes:core/v1:ReplicationController", "part"],
    ] as const) {
      const pod = recorder.the(type, name).inputs as { spec: { template: { spec: { imagePullSecrets: object[] } } } };
      expect(pod.spec.template.spec.imagePullSecrets, name).to.deep.equal([{ name: "registry-1a2b3c4d" }]);
    }
  });
});

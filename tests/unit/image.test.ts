import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";

import { Image, ImageArgs, ImageBuilding } from "../../components/image";
import { record, Recorder, registered, valueOf } from "./mocks";

const building: ImageBuilding = { registry: "registry.example/k8s-web", tag: "dev", imageBuilder: "docker-build" };
const args = (changes: Partial<ImageBuilding> = {}): ImageArgs => ({
  building: { ...building, ...changes },
  context: "docker/one",
  baseImage: "redis:8",
  buildArgs: { PIP_INDEX_URL: "https://mirror.example/simple" },
});
const buildArgs = { BASE_IMAGE: "redis:8", PIP_INDEX_URL: "https://mirror.example/simple" };

describe("Image", () => {
  let recorder: Recorder;
  beforeEach(async () => {
    recorder = await record();
  });

  it("builds with docker-build, pushes, and never builds on preview", async () => {
    const { ref } = new Image("one", args({ builder: "mine", caCertificates: "PEM" }));
    expect(await valueOf(ref)).to.equal("registry.example/k8s-web/one:dev@sha256:one");
    await registered();
    expect(recorder.the("docker-build:index:Image", "one").inputs).to.deep.equal({
      tags: ["registry.example/k8s-web/one:dev"],
      context: { location: "docker/one" },
      buildArgs,
      push: true,
      buildOnPreview: false,
      builder: { name: "mine" },
      network: "default",
      secrets: { ca: "PEM" },
    });
  });

  it("builds with the docker provider for engines without BuildKit", async () => {
    const { ref } = new Image("one", args({ imageBuilder: "docker" }));
    expect(await valueOf(ref)).to.equal("registry.example/k8s-web/one:dev@sha256:one");
    await registered();
    expect(recorder.the("docker:index/image:Image", "one").inputs).to.deep.include({
      imageName: "registry.example/k8s-web/one:dev",
      build: { context: "docker/one", args: buildArgs },
      buildOnPreview: false,
    });
  });

  it("builds a folder that has no Dockerfile with one from elsewhere, with either builder", async () => {
    const elsewhere = "docker/application/Dockerfile";
    new Image("one", { ...args(), dockerfile: elsewhere });
    new Image("two", { ...args({ imageBuilder: "docker" }), dockerfile: elsewhere });
    await registered();
    expect(recorder.the("docker-build:index:Image", "one").inputs).to.deep.include({
      context: { location: "docker/one" },
      dockerfile: { location: elsewhere },
    });
    expect(recorder.the("docker:index/image:Image", "two").inputs["build"]).to.deep.equal({
      context: "docker/one",
      dockerfile: elsewhere,
      args: buildArgs,
    });
  });

  it("pushes as somebody, with either builder, and keeps the password secret", async () => {
    const login = { server: "registry.example", username: "ada", password: pulumi.secret("pass-word") };
    new Image("one", args({ login }));
    new Image("two", args({ login, imageBuilder: "docker" }));
    await registered();
    const password = "pass-word";
    const [one, two] = [
      recorder.the("docker-build:index:Image", "one"),
      recorder.the("docker:index/image:Image", "two"),
    ];
    expect(one.inputs["registries"]).to.deep.equal([{ address: "registry.example", username: "ada", password }]);
    expect(two.inputs["registry"]).to.deep.equal({ server: "registry.example", username: "ada", password });
    expect([one.secrets, two.secrets]).to.deep.equal([["registries"], ["registry"]]);
  });

  it("refuses build secrets for engines without BuildKit", () => {
    expect(() => new Image("one", args({ imageBuilder: "docker", caCertificates: "PEM" }))).to.throw(
      'Image one: caCertificate is set, but imageBuilder "docker" takes no build secrets; use "docker-build"',
    );
  });
});

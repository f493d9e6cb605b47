import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";
import { parseAllDocuments, stringify } from "yaml";

import { parseSettings } from "../../config";
import { configurationOf } from "../../manifests/configuration";
import { digestOf } from "../../manifests/digest";
import { writeFolder } from "../../manifests/folder";
import { parseOptions } from "../../manifests/options";
import { KubernetesObject, objectsOf, streamOf, yamlOf } from "../../manifests/render";
import { run } from "../support/run";

const configMap = (name: string, data: object = {}): KubernetesObject & { data: object } => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "space" },
  data,
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "k8s-web-manifests-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("the configuration that is rendered", () => {
  it("has values as text, as Pulumi hands them over", () => {
    const { values } = configurationOf(
      "k8s-web",
      "config:\n  k8s-web:nodePort: 30081\n  k8s-web:protect: true\n  k8s-web:hosts: [a, b]\n  k8s-web:builder: mine",
    );
    expect(values).to.include({
      "k8s-web:nodePort": "30081",
      "k8s-web:protect": "true",
      "k8s-web:hosts": '["a","b"]',
      "k8s-web:builder": "mine",
    });
  });

  it("has stand-ins, which the program accepts, for what an empty file lacks", () => {
    const { values, secretKeys, absent } = configurationOf("k8s-web", "");
    expect(absent).to.include.members(["context", "registry", "mysqlRootPassword", "djangoSecretKey"]);
    expect(absent).not.to.include("registryPassword");
    expect(parseSettings("k8s-web", "x", values, secretKeys).secrets.mysqlRootPassword).to.match(/^mysqlRootPassword/);
  });

  it("knows an encrypted value by its key only", () => {
    const { values, secretKeys, absent } = configurationOf(
      "k8s-web",
      "config:\n  k8s-web:redisPassword:\n    secure: v1:cipher-text",
    );
    expect(JSON.stringify(values)).not.to.include("cipher-text");
    expect(values["k8s-web:redisPassword"]).to.match(/^redisPassword\*+$/);
    expect(secretKeys).to.include("k8s-web:redisPassword");
    expect(absent).not.to.include("redisPassword");
  });

  it("has the password that a user name needs, and the key that a certificate needs", () => {
    const certificate = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n";
    const config = {
      "k8s-web:registryUsername": "ada",
      "k8s-web:hosts": ["www.example.org"],
      "k8s-web:ingress": { certificate },
    };
    const { values, secretKeys } = configurationOf("k8s-web", stringify({ config }));
    const { secrets } = parseSettings("k8s-web", "x", values, secretKeys);
    expect(secrets.registryPassword).to.match(/^registryPassword/);
    expect(secrets.ingressKey).to.match(/^-----BEGIN PRIVATE KEY-----\ningressKey/);
  });

  it("needs no file of the machine that builds", () => {
    expect(configurationOf("k8s-web", "config:\n  k8s-web:caCertificate: /nowhere").values).not.to.have.property(
      "k8s-web:caCertificate",
    );
  });
});

describe("rendered objects", () => {
  it("are sorted, namespaces first, whatever the order of registration and of keys", () => {
    const registrations = [
      { type: "kubernetes:core/v1:Secret", name: "b", inputs: { kind: "Secret", metadata: { namespace: "space" } } },
      { type: "k8s-web:components:Image", name: "c", inputs: {} },
      { type: "kubernetes:core/v1:Secret", name: "a", inputs: { metadata: { namespace: "space" }, kind: "Secret" } },
      {
        type: "kubernetes:core/v1:Namespace",
        name: "n",
        inputs: { kind: "Namespace", metadata: { name: "space" } },
      },
    ].map((one) => ({ ...one, secrets: [] }));
    const text = streamOf(objectsOf(registrations));
    expect(streamOf(objectsOf(registrations.toReversed()))).to.equal(text);
    expect(parseAllDocuments(text).map((one) => one.getIn(["metadata", "name"]))).to.deep.equal([
      "space",
      "a-1a2b3c4d",
      "b-1a2b3c4d",
    ]);
    expect(yamlOf(configMap("a", { x: 1, y: 2 }))).to.equal(yamlOf(configMap("a", { y: 2, x: 1 })));
  });

  it("go into a folder, a file each, and replace those of an earlier run", () => {
    writeFolder(folder, [configMap("a"), configMap("b")]);
    writeFolder(folder, [configMap("a")]);
    expect(readdirSync(folder)).to.deep.equal(["configmap-a.yaml"]);
    expect(readFileSync(path.join(folder, "configmap-a.yaml"), "utf8")).to.include(yamlOf(configMap("a")));
  });

  it("leave a folder with anything else alone", () => {
    writeFolder(folder, [configMap("a")]);
    writeFileSync(path.join(folder, "mine.yaml"), "mine: true\n");
    expect(() => {
      writeFolder(folder, []);
    }).to.throw(`${path.join(folder, "mine.yaml")} was not written by this command`);
    expect(readdirSync(folder)).to.have.members(["configmap-a.yaml", "mine.yaml"]);
  });
});

describe("what stands in for a digest", () => {
  const digest = (buildArgs: Record<string, string> = { BASE_IMAGE: "redis:8" }) =>
    digestOf({ name: "redis-master", context: folder, buildArgs });
  let before: string;
  beforeEach(() => {
    cpSync("docker/redis-master", folder, { recursive: true });
    before = digest();
  });

  it("is like one", () => {
    expect(before).to.match(/^[0-9a-f]{64}$/);
  });

  it("changes with the content of a file, its mode, the Dockerfile and the base image", () => {
    const digests = [before, digest({ BASE_IMAGE: "redis:9" })];
    chmodSync(path.join(folder, "conf/redis.conf"), 0o755);
    digests.push(digest());
    writeFileSync(path.join(folder, "conf/redis.conf"), "port 1\n");
    digests.push(digest());
    writeFileSync(path.join(folder, "Dockerfile"), "FROM scratch\n");
    digests.push(digest());
    expect(new Set(digests).size).to.equal(digests.length);
  });

  it("stays when a file changes that the image doesn't get", () => {
    writeFileSync(path.join(folder, "notes.txt"), "later\n");
    expect(digest()).to.equal(before);
  });
});

describe("npm run manifests", function () {
  // Each run is a process that loads Pulumi's SDK.
  this.timeout(180_000);
  const manifests = (...args: string[]) => run("npx", ["tsx", "manifests/index.ts", ...args]);

  for (const file of readdirSync(".").filter((name) => /^Pulumi\..+\.yaml$/.test(name))) {
    const stack = file.slice("Pulumi.".length, -".yaml".length);
    it(`renders the stack ${stack}`, async () => {
      const { code, stdout, output } = await manifests("--stack", stack);
      expect(code, output).to.equal(0);
      const objects = parseAllDocuments(stdout).map((one) => one.toJS() as KubernetesObject);
      expect(objects.map(({ kind }) => kind)).to.include.members(["Namespace", "Secret", "ReplicationController"]);
    });
  }

  it("renders the same each time", async () => {
    const [once, again] = await Promise.all([manifests("--stack", "dev"), manifests("--stack", "dev")]);
    expect(again.stdout).to.equal(once.stdout).and.not.to.equal("");
  });

  it("has the network policies that are set, or none", async () => {
    const policies = async (config: string): Promise<(KubernetesObject & { spec: object })[]> => {
      const configFile = path.join(folder, "Pulumi.network.yaml");
      writeFileSync(configFile, `config:\n${config}`);
      const { code, stdout, output } = await manifests("--stack", "network", "--config-file", configFile);
      expect(code, output).to.equal(0);
      return parseAllDocuments(stdout)
        .map((one) => one.toJS() as KubernetesObject & { spec: object })
        .filter(({ kind }) => kind === "NetworkPolicy");
    };
    expect(await policies("  k8s-web:networkPolicies: false\n")).to.deep.equal([]);
    const project = "{folder: tests/stacks/fixtures/tiny-project, settings: tiny.settings, egress: [203.0.113.0/24]}";
    const outside = (await policies(`  k8s-web:application: ${project}\n`)).find(
      ({ metadata }) => metadata.name === "web-outside",
    );
    expect(outside?.spec).to.deep.equal({
      podSelector: { matchLabels: { name: "dabacluster" } },
      policyTypes: ["Egress"],
      egress: [{ to: [{ ipBlock: { cidr: "203.0.113.0/24" } }] }],
    });
  });

  it("says what is wrong with a setting", async () => {
    const configFile = path.join(folder, "Pulumi.x.yaml");
    writeFileSync(configFile, "config:\n  k8s-web:nodePort: 80\n");
    const { code, stdout, output } = await manifests("--stack", "x", "--config-file", configFile);
    expect([code, stdout]).to.deep.equal([1, ""]);
    expect(output).to.include("k8s-web:nodePort: 80; allowed: a whole number from 30000 to 32767");
  });

  it("says what is wrong with the command line, or with a stack's name", async () => {
    expect(() => parseOptions([])).to.throw("--stack is missing");
    expect(() => parseOptions(["--stack", "../dev"])).to.throw('--stack takes the name of a stack, not "../dev"');
    const { code, output } = await manifests("--stack", "nobody");
    expect(code).to.equal(1);
    expect(output).to.match(/^could not be rendered: .*Pulumi\.nobody\.yaml/);
  });
});

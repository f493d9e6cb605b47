import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import { parse, parseAllDocuments } from "yaml";

import { configure } from "../../manifests/engine";
import { objectsOf, streamOf } from "../../manifests/render";
import { record, Recorder, registered, Registration } from "./mocks";
import { leastSettings, rawSettings, secretKeys, testSecrets } from "./settings";

/** What `npm run manifests` shows of the least settings. `npm run accept` writes it anew; the diff is what to review. */
const EXPECTED = path.join(__dirname, "program.expected.yaml");

const parseObjects = (stream: string): unknown[] =>
  parseAllDocuments(stream).map((document) => document.toJS() as unknown);

interface Pod {
  metadata?: { labels: Record<string, string> };
  spec: {
    containers: Container[];
    initContainers?: Container[];
    automountServiceAccountToken: boolean;
    enableServiceLinks: boolean;
    terminationGracePeriodSeconds?: number;
    priorityClassName?: string;
  };
}
interface Container {
  name: string;
  image: string;
  env?: { name: string; value?: string }[];
  resources: { requests: object; limits: object };
  securityContext: {
    runAsUser?: number;
    readOnlyRootFilesystem: boolean;
    allowPrivilegeEscalation: boolean;
    capabilities: { drop: string[]; add?: string[] };
  };
  startupProbe?: object;
  livenessProbe?: object;
  readinessProbe?: object;
}
interface Templated {
  spec: { replicas: number; selector: Record<string, string>; template: Pod };
}

const templated = (inputs: unknown) => inputs as Templated;

describe("the program", () => {
  it("is what Pulumi runs, and not the library, which `exports` of package.json names for others", () => {
    const project = parse(readFileSync("Pulumi.yaml", "utf8")) as { main?: string };
    // Run in its place, the library would make no resource, and an update would delete all.
    expect(project.main).to.equal("index.ts");
  });

  let recorder: Recorder;
  let outputs: Record<string, unknown>;

  before(async () => {
    recorder = await record();
    configure(rawSettings(leastSettings), secretKeys);
    outputs = await import("../../index");
    await registered();
  });

  /** Certificates and what they are made of; their keys are made by Pulumi, not set. */
  const concernsKeys = ({ type, name }: Registration) => type.startsWith("tls:") || name.endsWith("-certificate");
  const controllers = () => recorder.registrations.filter(({ type }) => type.endsWith(":ReplicationController"));
  const pods = () =>
    recorder.registrations
      .filter(({ type }) => type.endsWith(":ReplicationController") || type.endsWith(":Job"))
      .map(({ name, inputs }) => ({ name, pod: templated(inputs).spec.template }));
  const containers = () =>
    pods().flatMap(({ name, pod }) =>
      [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((container) => ({ name, container })),
    );

  it("applies exactly the expected objects", () => {
    const text = streamOf(objectsOf(recorder.registrations));
    if (process.env["ACCEPT"] !== undefined) {
      writeFileSync(EXPECTED, text);
    }
    expect(parseObjects(text)).to.deep.equal(parseObjects(readFileSync(EXPECTED, "utf8")));
  });

  it("registers exactly the expected components, images and providers besides", () => {
    const others = recorder.registrations
      .filter(({ type }) => !type.startsWith("kubernetes:"))
      .map(({ type, name }) => `${type} ${name}`);
    const images = ["dabanginx", "dabaweb", "mysql-master", "mysql-slave", "redis-master", "redis-slave"];
    expect(others).to.have.members([
      "pulumi:providers:kubernetes cluster",
      "k8s-web:components:Authority authority",
      "tls:index/privateKey:PrivateKey authority",
      "tls:index/selfSignedCert:SelfSignedCert authority",
      ...["mysql-master", "mysql-slave", "redis-master", "redis-slave"].flatMap((name) =>
        ["privateKey:PrivateKey", "certRequest:CertRequest", "locallySignedCert:LocallySignedCert"].map(
          (type) => `tls:index/${type} ${name}`,
        ),
      ),
      ...images.flatMap((name) => [`docker-build:index:Image ${name}`, `k8s-web:components:Image ${name}`]),
      ...["dabaweb", "mysql-master", "redis-master"].map((name) => `k8s-web:components:DataVolume ${name}`),
      ...["mysql-master", "mysql-slave", "redis-master", "redis-slave", "dabacluster"].map(
        (name) => `k8s-web:components:ReplicatedService ${name}`,
      ),
      "k8s-web:components:Priorities priority",
      "k8s-web:components:MysqlReplication mysql",
      "k8s-web:components:RedisReplication redis",
      "k8s-web:components:Web dabacluster",
      "k8s-web:components:OldPassword mysql-retire-password",
      "k8s-web:components:NetworkPolicies network",
      "k8s-web:components:PodSecurity pod-security",
    ]);
  });

  it("builds each image from its folder, the slaves' from the masters'", () => {
    const master = (name: string) => `registry.example:5000/k8s-web/${name}:dev@sha256:${name}`;
    for (const [name, baseImage] of [
      ["redis-master", "redis:8"],
      ["redis-slave", master("redis-master")],
      ["mysql-master", "mysql:9.7"],
      ["mysql-slave", master("mysql-master")],
      ["dabaweb", "python:3.13-slim"],
      ["dabanginx", "nginx:stable"],
    ] as const) {
      expect(recorder.the("docker-build:index:Image", name).inputs, name).to.deep.equal({
        tags: [`registry.example:5000/k8s-web/${name}:dev`],
        context: { location: `docker/${name}` },
        buildArgs: { BASE_IMAGE: baseImage },
        push: true,
        buildOnPreview: false,
        network: "default",
      });
    }
  });

  it("deploys to the context that is set, and nowhere else", () => {
    expect(recorder.the("pulumi:providers:kubernetes", "cluster").inputs).to.deep.equal({
      context: "test-context",
      enableSecretMutable: "true",
      enableConfigMapMutable: "true",
      enablePatchForce: "true",
    });
  });

  it("keeps every secret secret, and nowhere but in a Kubernetes Secret", () => {
    for (const { type, name, inputs, secrets } of recorder.registrations.filter((one) => !concernsKeys(one))) {
      const holdsSecret = Object.values(testSecrets).some((secret) => JSON.stringify(inputs).includes(secret));
      expect(holdsSecret, `${type} ${name}`).to.equal(type === "kubernetes:core/v1:Secret");
      expect(secrets, `${type} ${name}`).to.deep.equal(holdsSecret ? ["stringData"] : []);
    }
  });

  it("keeps every private key secret, in the state as in the cluster", () => {
    const found = recorder.registrations.filter(concernsKeys);
    expect(found).to.have.length(4 * 4 + 2);
    for (const { type, name, inputs, secrets } of found) {
      const keys = Object.keys(inputs).filter((key) => JSON.stringify(inputs[key]).includes("key-of-"));
      expect(secrets, `${type} ${name}`).to.deep.equal(keys);
    }
  });

  it("certifies each server for its Service and its peers, by the stack's authority", () => {
    for (const name of ["mysql-master", "mysql-slave", "redis-master", "redis-slave"]) {
      const { inputs: request } = recorder.the("tls:index/certRequest:CertRequest", name);
      expect(request).to.deep.include({
        dnsNames: [
          name,
          ...["", ".svc", ".svc.cluster.local"].map((end) => `${name}.k8s-web-dev${end}`),
          `${name.split("-")[0]}-peers`,
        ],
        ipAddresses: [`ip-of-${name}`],
      });
      const { inputs: certificate } = recorder.the("tls:index/locallySignedCert:LocallySignedCert", name);
      expect(certificate).to.deep.include({
        certRequestPem: `request-of-${name}`,
        caPrivateKeyPem: "key-of-authority",
        validityPeriodHours: 365 * 24,
        earlyRenewalHours: 90 * 24,
      });
      const { inputs: secret } = recorder.the("kubernetes:core/v1:Secret", `${name}-certificate`);
      expect(secret["stringData"]).to.deep.equal({
        "ca.crt": "certificate-of-authority",
        "tls.crt": `certificate-of-${name}`,
        "tls.key": `key-of-${name}`,
      });
    }
  });

  it("keeps the authority until long after the end of all that it signs", () => {
    const { inputs } = recorder.the("tls:index/selfSignedCert:SelfSignedCert", "authority");
    expect(inputs["isCaCertificate"]).to.equal(true);
    expect(inputs["earlyRenewalHours"]).to.be.greaterThan(730 * 24);
    expect(inputs["validityPeriodHours"]).to.be.greaterThan(inputs["earlyRenewalHours"] as number);
  });

  it("hands clients the authority's certificate and nothing else of it", () => {
    for (const name of ["dabacluster", "mysql-retire-password"]) {
      const { inputs } = recorder.the("kubernetes:core/v1:ConfigMap", `${name}-authorities`);
      expect(new Set(Object.values(inputs["data"] as object)), name).to.deep.equal(
        new Set(["certificate-of-authority"]),
      );
    }
  });

  it("hands each secret to those who need it only", () => {
    const held = recorder.registrations
      .filter(({ type }) => type === "kubernetes:core/v1:Secret")
      .map(({ name, inputs }) => [
        name,
        Object.values(inputs["stringData"] as object)
          .map((value) => Object.entries(testSecrets).find(([, secret]) => secret === value)?.[0])
          .filter((key) => key !== undefined)
          .sort(),
      ])
      .filter(([, keys]) => keys?.length !== 0);
    expect(Object.fromEntries(held)).to.deep.equal({
      mysql: ["mysqlPassword", "mysqlReplicationPassword", "mysqlRootPassword"],
      "mysql-application": ["mysqlPassword"],
      redis: ["redisPassword"],
      dabacluster: ["djangoSecretKey"],
    });
  });

  it("outputs the address and no secret", () => {
    expect(outputs["url"]).to.equal("http://127.0.0.1:30080");
    expect(
      Object.keys(outputs)
        .filter((key) => key !== "default")
        .sort(),
    ).to.deep.equal(["stackNamespace", "url"]);
  });

  it("refers to its images by digest", () => {
    for (const { name, container } of containers()) {
      expect(container.image, `${name}/${container.name}`).to.match(/^registry\.example:5000\/k8s-web\/.*@sha256:/);
    }
  });

  it("wires the Services' outputs into the web's environment", () => {
    const web = templated(recorder.the("kubernetes:core/v1:ReplicationController", "dabacluster").inputs);
    const env = Object.fromEntries(web.spec.template.spec.containers[0]?.env?.map((e) => [e.name, e.value]) ?? []);
    for (const service of ["mysql-master", "mysql-slave", "redis-master", "redis-slave"]) {
      const prefix = service.toUpperCase().replace("-", "_");
      expect(env[`${prefix}_SERVICE_HOST`]).to.equal(`ip-of-${service}`);
      expect(env[`${prefix}_SERVICE_PORT`]).to.equal(service.startsWith("mysql") ? "3306" : "6379");
    }
  });

  it("selects, in each controller, the pods that it makes", () => {
    for (const { name, inputs } of controllers()) {
      const { selector, template } = templated(inputs).spec;
      expect(template.metadata?.labels, name).to.include(selector);
      expect(selector["name"], name).to.equal(name);
    }
  });

  it("gives each container probes, limits and no rights", () => {
    for (const { name, container } of containers()) {
      const where = `${name}/${container.name}`;
      expect(container.resources, where).to.have.all.keys("requests", "limits");
      expect(container.securityContext.readOnlyRootFilesystem, where).to.equal(true);
      expect(container.securityContext.allowPrivilegeEscalation, where).to.equal(false);
      expect(container.securityContext.capabilities.drop, where).to.deep.equal(["ALL"]);
    }
    for (const { name, inputs } of controllers()) {
      for (const container of templated(inputs).spec.template.spec.containers) {
        expect(container, `${name}/${container.name}`).to.include.keys(
          "startupProbe",
          "livenessProbe",
          "readinessProbe",
        );
      }
    }
  });

  it("gives access to servers to those who ask them only", () => {
    const access = (server: string) =>
      pods()
        .filter(({ pod }) => pod.metadata?.labels[`access-${server}`] === "allowed")
        .map(({ name }) => name);
    expect(access("mysql")).to.have.members(["dabacluster", "dabacluster-migrate", "mysql-retire-password"]);
    expect(access("redis")).to.have.members(["dabacluster", "dabacluster-migrate"]);
  });

  it("keeps databases before the web, and the web before Jobs, when a node has no room for all", () => {
    const classes = recorder.registrations.filter(({ type }) => type.endsWith(":PriorityClass"));
    const values = new Map(
      classes.map(({ inputs }) => {
        const { metadata, value } = inputs as { metadata: { name: string }; value: number };
        return [metadata.name, value];
      }),
    );
    const priorities = pods().map(({ name, pod }) => ({ name, value: values.get(pod.spec.priorityClassName ?? "") }));
    const of = (tier: RegExp) => new Set(priorities.filter(({ name }) => tier.test(name)).map(({ value }) => value));
    const [databases, web, jobs] = [of(/-(master|slave)$/), of(/^dabacluster$/), of(/-(pull|migrate|password)$/)];
    expect([...databases, ...web, ...jobs], "each pod has the priority of its tier").to.deep.equal([3000, 2000, 1000]);
    expect(priorities).to.have.length(9);
  });

  it("lets one pod at a time be taken from each part that has several, and none of its budgets hold a master", () => {
    const budgets = recorder.registrations.filter(({ type }) => type.endsWith(":PodDisruptionBudget"));
    expect(budgets.map(({ name }) => name)).to.have.members(["mysql-slave", "redis-slave", "dabacluster"]);
    for (const { name, inputs } of budgets) {
      expect(inputs["spec"], name).to.deep.equal({
        maxUnavailable: 1,
        selector: { matchLabels: { name } },
        unhealthyPodEvictionPolicy: name === "dabacluster" ? "AlwaysAllow" : "IfHealthyBudget",
      });
    }
  });

  it("runs as root only what hands a directory of the node over", () => {
    const roots = containers().filter(({ container }) => container.securityContext.runAsUser === 0);
    expect(roots.map(({ name, container }) => `${name}/${container.name}`)).to.have.members([
      "redis-master/own-directory",
      "mysql-master/own-directory",
      "dabacluster/own-directory",
    ]);
    for (const { container } of roots) {
      expect(container.securityContext.capabilities).to.deep.equal({ drop: ["ALL"], add: ["CHOWN"] });
    }
  });
});

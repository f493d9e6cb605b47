import { readFileSync } from "node:fs";
import path from "node:path";

import * as policy from "@pulumi/policy";
import { expect } from "chai";
import { parseAllDocuments } from "yaml";

import { KubernetesObject } from "../../manifests/render";
import { at, Json, UNKNOWN } from "../../policies/json";
import { Resource } from "../../policies/rule";
import { rulesFor } from "../../policies/rules";
import { settle } from "../../policies/settle";
import { Stack, stackOf } from "../../policies/stack";
import { rawSettings, testSecrets } from "./settings";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const CONTROLLER = "kubernetes:core/v1:ReplicationController";
const NO_STACK: Stack = { protect: false, secrets: {} };

type Fields = Readonly<Record<string, Json>>;

const container: Fields = {
  name: "server",
  image: `registry.example/server@${DIGEST}`,
  env: [{ name: "SERVER_PASSWORD", valueFrom: { secretKeyRef: { name: "server", key: "password" } } }],
  resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "1", memory: "64Mi" } },
  volumeMounts: [{ name: "data", mountPath: "/var/lib/mysql" }],
  startupProbe: { httpGet: { path: "/", port: 80 } },
  livenessProbe: { httpGet: { path: "/", port: 80 } },
  readinessProbe: { httpGet: { path: "/", port: 80 } },
};

const ownDirectory: Fields = {
  ...container,
  name: "own-directory",
  command: ["chown", "10001:10001", "/var/lib/mysql"],
  securityContext: {
    runAsUser: 0,
    runAsNonRoot: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"], add: ["CHOWN"] },
  },
};

const podSpec: Fields = {
  securityContext: { runAsNonRoot: true, runAsUser: 10001 },
  initContainers: [ownDirectory],
  containers: [container],
  volumes: [{ name: "data", hostPath: { path: "/data" } }],
};

const resource = (type: string, props: Fields, more: Partial<Resource> = {}): Resource => ({
  type,
  name: "test",
  props,
  protect: false,
  ...more,
});

const controller = (spec: Fields, name = "mysql-master", type = CONTROLLER): Resource =>
  resource(type, { spec: { template: { metadata: { labels: { name } }, spec } } });

/** A controller whose one container differs from a good one. */
const withContainer = (changes: Fields): Resource =>
  controller({ ...podSpec, containers: [{ ...container, ...changes }] });

/** The violations, as `rule: message`. */
const violations = (judged: Resource, stack = NO_STACK): string[] =>
  rulesFor(stack).flatMap(({ name, check }) => check(judged).map((message) => `${name}: ${message}`));

/** Expects one violation, of one rule. */
const expectOne = (judged: Resource, rule: string, message: RegExp, stack = NO_STACK) => {
  const found = violations(judged, stack);
  expect(found).to.have.length(1);
  expect(found[0])
    .to.match(new RegExp(`^${rule}: `))
    .and.match(message);
};

describe("policies", () => {
  it("let a good pod pass, whatever makes it", () => {
    expect(violations(controller(podSpec))).to.deep.equal([]);
    expect(violations(resource("kubernetes:core/v1:Pod", { spec: podSpec }))).to.deep.equal([]);
  });

  it("find the pods of every kind", () => {
    const bad = { ...podSpec, containers: [{ ...container, image: "nginx:1" }] };
    for (const kind of ["core/v1:ReplicationController", "apps/v1:Deployment", "batch/v1:Job"]) {
      expectOne(controller(bad, "mysql-master", `kubernetes:${kind}`), "image-digest", /nginx:1 has no digest/);
    }
    expectOne(resource("kubernetes:core/v1:Pod", { spec: bad }), "image-digest", /test\/server/);
    const job = { spec: { jobTemplate: { spec: { template: { spec: bad } } } } };
    expectOne(resource("kubernetes:batch/v1:CronJob", job), "image-digest", /test\/server/);
    expect(violations(controller(bad, "mysql-master", "other:index:Thing"))).to.deep.equal([]);
  });

  it("let the program pass, every object that it applies", () => {
    // What program.test.ts proves to be applied. Its digests are made of names, to be told apart.
    const expected = readFileSync(path.join(__dirname, "program.expected.yaml"), "utf8");
    const objects = parseAllDocuments(expected.replaceAll(/@sha256:[\w-]+/g, `@${DIGEST}`)).map(
      (document) => document.toJS() as Fields & KubernetesObject,
    );
    expect(objects.filter(({ kind }) => kind === "ReplicationController")).to.have.length(5);
    const stack = stackOf("k8s-web", rawSettings(testSecrets));
    for (const props of objects) {
      const { apiVersion, kind, metadata } = props;
      const type = `kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`;
      expect(violations({ type, name: metadata.name, props, protect: false }, stack)).to.deep.equal([]);
    }
  });

  it("stop an image without a digest, in init containers too", () => {
    for (const image of ["nginx", "nginx:1.29", "registry.example:5000/nginx:1.29", "nginx@sha256:abc"]) {
      expectOne(withContainer({ image }), "image-digest", /test\/server: image nginx|registry/);
    }
    const spec = { ...podSpec, initContainers: [{ ...ownDirectory, image: "nginx" }] };
    expectOne(controller(spec), "image-digest", /test\/own-directory/);
  });

  describe("stop a password in plain text", () => {
    const rule = "plain-text-password";
    const configMap = (data: Fields) => resource("kubernetes:core/v1:ConfigMap", { data });

    it("in a variable, by its name", () => {
      for (const name of ["MYSQL_PASSWORD", "DJANGO_SECRET_KEY", "apiToken", "AWS_ACCESS_KEY"]) {
        expectOne(withContainer({ env: [{ name, value: "123456" }] }), rule, new RegExp(`test/server: ${name} is`));
      }
    });

    it("in what a container is told, by its form", () => {
      expectOne(
        withContainer({ env: [{ name: "URL", value: "mysql://a:b@db/form" }] }),
        rule,
        /server: env\[0\]\.value/,
      );
      expectOne(withContainer({ args: ["--cache", "redis://:b@cache"] }), rule, /server: args\[1\]/);
    });

    it("in a ConfigMap, by name and by form", () => {
      expectOne(configMap({ rootPassword: "123456" }), rule, /test: data\.rootPassword/);
      for (const text of ["[client]\npassword = 123456", "requirepass 123456", "-----BEGIN RSA PRIVATE KEY-----\n"]) {
        expectOne(configMap({ file: text }), rule, /test: data\.file holds/);
      }
    });

    it("anywhere but in a Secret, by its value, which is not repeated in the message", () => {
      const stack = stackOf("k8s-web", rawSettings(testSecrets));
      const value = `--key=${testSecrets["redisPassword"] ?? ""}`;
      const annotated = resource("kubernetes:core/v1:Service", { metadata: { annotations: { note: value } } });
      expectOne(annotated, rule, /metadata\.annotations\.note holds the value of k8s-web:redisPassword/, stack);
      expect(violations(annotated, stack).join()).not.to.include(value);
      // As a part of other words, a short one means nothing.
      expect(violations(annotated, { protect: false, secrets: { "p:password": "key" } })).to.deep.equal([]);
    });

    it("in the program: a Secret's password that is none of the stack's settings", () => {
      const secret = (props: Fields) => resource("kubernetes:core/v1:Secret", props);
      const stack = stackOf("k8s-web", rawSettings(testSecrets));
      const settings = { password: testSecrets["redisPassword"], note: "not a password" };
      expect(violations(secret({ stringData: settings }), stack)).to.deep.equal([]);
      const encoded = Buffer.from(testSecrets["redisPassword"] ?? "").toString("base64");
      expect(violations(secret({ data: { password: encoded } }), stack)).to.deep.equal([]);
      expectOne(secret({ stringData: { password: "123456" } }), rule, /test: stringData\.password is none/, stack);
      expectOne(secret({ data: { password: "MTIzNDU2" } }), rule, /test: data\.password is none/, stack);
    });

    it("but not what only points at one", () => {
      const env = [
        { name: "MYSQL_PASSWORD_FILE", value: "/run/secrets/mysql" },
        { name: "MYSQL_PASSWORD", value: "$(OTHER)" },
        { name: "URL", value: "mysql://a:$(MYSQL_PASSWORD)@db:3306/form" },
        { name: "EMPTY_PASSWORD", value: "" },
      ];
      expect(violations(withContainer({ env }))).to.deep.equal([]);
      expect(violations(configMap({ file: "password_file = /run/secrets/mysql\n# a secret\n" }))).to.deep.equal([]);
    });
  });

  describe("stop a container that may be root", () => {
    const rule = "root-container";
    const withContexts = (pod: Json, own: Json) =>
      controller({ ...podSpec, securityContext: pod, containers: [{ ...container, securityContext: own }] });
    const privileged = { runAsUser: 10001, privileged: true };

    it("by its own settings, by the pod's, or by none", () => {
      expectOne(withContexts({ runAsUser: 10001, runAsNonRoot: true }, { runAsUser: 0 }), rule, /test\/server may run/);
      expectOne(withContexts({ runAsUser: 0 }, undefined), rule, /test\/server may run/);
      expectOne(withContexts({ runAsNonRoot: true }, { runAsNonRoot: false }), rule, /test\/server may run/);
      expectOne(withContexts(undefined, undefined), rule, /test\/server may run/);
      expectOne(withContexts(undefined, privileged), rule, /test\/server is privileged/);
    });

    it("but not one that can't be", () => {
      expect(violations(withContexts({ runAsUser: 0 }, { runAsUser: 10001 }))).to.deep.equal([]);
      expect(violations(withContexts(undefined, { runAsNonRoot: true }))).to.deep.equal([]);
    });

    it("but the one that hands a directory over, and only as far as it needs", () => {
      const context = ownDirectory["securityContext"] as Fields;
      const altered: readonly Fields[] = [
        { name: "own-everything" },
        { command: ["sh", "-c", "chown 10001 /data"] },
        { securityContext: { ...context, capabilities: { drop: ["ALL"], add: ["CHOWN", "SYS_ADMIN"] } } },
        { securityContext: { ...context, capabilities: { add: ["CHOWN"] } } },
        { securityContext: { ...context, allowPrivilegeEscalation: true } },
        { securityContext: { ...context, readOnlyRootFilesystem: false } },
      ];
      for (const changes of altered) {
        const spec = { ...podSpec, initContainers: [{ ...ownDirectory, ...changes }] };
        expectOne(controller(spec), rule, /may run as root/);
      }
      const serving = { ...podSpec, containers: [ownDirectory] };
      expectOne(controller(serving), rule, /test\/own-directory may run as root/);
    });
  });

  it("stop a container without requests and limits, in Jobs and init containers too", () => {
    const resources = { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } };
    expectOne(withContainer({ resources }), "resource-limits", /test\/server: resources lack limits\.cpu\./);
    expectOne(withContainer({ resources: undefined }), "resource-limits", /requests\.cpu.*limits\.memory/);
    const spec = { ...podSpec, initContainers: [{ ...ownDirectory, resources: {} }] };
    expectOne(controller(spec), "resource-limits", /test\/own-directory/);
    const job = { ...podSpec, restartPolicy: "Never", containers: [{ ...container, resources }] };
    expectOne(controller(job, "job", "kubernetes:batch/v1:Job"), "resource-limits", /test\/server/);
  });

  it("stop a container without probes, unless it runs to an end", () => {
    for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
      expectOne(withContainer({ [probe]: undefined }), "probes", new RegExp(`test/server has no ${probe}\\.`));
    }
    const bare = { ...container, startupProbe: undefined, livenessProbe: undefined, readinessProbe: undefined };
    const job = { ...podSpec, initContainers: [bare], containers: [bare], restartPolicy: "OnFailure" };
    expect(violations(controller(job, "job", "kubernetes:batch/v1:Job"))).to.deep.equal([]);
    expectOne(controller({ ...job, restartPolicy: "Always" }), "probes", /test\/server/);
  });

  it("stop data on a volume that ends with its pod", () => {
    const paths = { "mysql-master": "/var/lib/mysql", "redis-master": "/data", dabacluster: "/usr/src/dabaweb" };
    for (const [name, mountPath] of Object.entries(paths)) {
      const containers = [{ ...container, volumeMounts: [{ name: "data", mountPath }] }];
      const on = (volume: Fields) =>
        controller({ ...podSpec, containers, volumes: [{ name: "data", ...volume }] }, name);
      expect(violations(on({ hostPath: { path: "/data" } }))).to.deep.equal([]);
      expect(violations(on({ persistentVolumeClaim: { claimName: "data" } }))).to.deep.equal([]);
      expectOne(on({ emptyDir: {} }), "ephemeral-data", new RegExp(`at ${mountPath} .* emptyDir`));
      expectOne(on({ ephemeral: {} }), "ephemeral-data", /of the kind ephemeral/);
      expectOne(
        controller({ ...podSpec, containers: [{ ...container, volumeMounts: [] }] }, name),
        "ephemeral-data",
        /nothing is mounted/,
      );
    }
    const slave = { ...podSpec, volumes: [{ name: "data", emptyDir: {} }] };
    expect(violations(controller(slave, "mysql-slave"))).to.deep.equal([]);
  });

  it("stop data without protection in a protected stack", () => {
    const stack = stackOf("k8s-web", { "k8s-web:protect": "true" });
    for (const kind of ["Namespace", "PersistentVolumeClaim"]) {
      const type = `kubernetes:core/v1:${kind}`;
      expectOne(resource(type, {}), "protected-data", /test is not protected/, stack);
      expect(violations(resource(type, {}, { protect: true }), stack)).to.deep.equal([]);
      expect(violations(resource(type, {}))).to.deep.equal([]);
    }
  });
});

describe("what policies know", () => {
  const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  // Exported, but not declared: what the SDK hands properties to policies with.
  const { unknownCheckingProxy } = policy as unknown as { unknownCheckingProxy: (props: object) => object };

  it("is everything but what a preview can't", () => {
    const props = { spec: { containers: [{ image: unknownText, name: "server" }], volumes: null } };
    expect(settle(unknownCheckingProxy(props))).to.deep.equal({
      spec: { containers: [{ image: UNKNOWN, name: "server" }], volumes: null },
    });
  });

  it("does not stop what may turn out to be good, and stops the rest", () => {
    expect(violations(withContainer({ image: UNKNOWN, env: UNKNOWN, resources: UNKNOWN }))).to.deep.equal([]);
    expect(violations(controller({ ...podSpec, securityContext: UNKNOWN, volumes: UNKNOWN }))).to.deep.equal([]);
    expectOne(withContainer({ image: UNKNOWN, livenessProbe: undefined }), "probes", /test\/server/);
    expect(at({ spec: UNKNOWN }, "spec", "containers")).to.equal(UNKNOWN);
  });

  it("are the stack's secrets, and whether it is protected", () => {
    const config = { "p:apiToken": "0123456789", "p:emptyPassword": "", "p:registry": "registry.example" };
    expect(stackOf("p", config)).to.deep.equal({ protect: false, secrets: { "p:apiToken": "0123456789" } });
  });
});

import { readdirSync } from "node:fs";

import { expect } from "chai";
import { parseAllDocuments, stringify } from "yaml";

import { KubernetesObject } from "../../manifests/render";
import { run, succeed } from "../support/run";
import { kubectl } from "./support/cluster";

const NAMESPACE = "k8s-web-manifests";
/** A port that no stack uses: the API server refuses one that a running stack has. */
const NODE_PORT = 30098;

interface Rendered extends KubernetesObject {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec?: { readonly ports?: readonly { nodePort?: number }[] };
}

/** A certificate and its key in place of the stand-ins, which the API server warns of: those that the running stack has. */
const certified = async (object: Rendered): Promise<Rendered> => {
  if (object.type !== "kubernetes.io/tls" || object.stringData === undefined) {
    return object;
  }
  const secrets = JSON.parse(await kubectl(["get", "secrets", "-o", "json"])) as { items: Rendered[] };
  const data = secrets.items.find(({ type }) => type === object.type)?.data ?? {};
  expect(data).to.have.all.keys(Object.keys(object.stringData));
  const decoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()] as const);
  return { ...object, stringData: Object.fromEntries(decoded) };
};

/** The object where it may be tried: in the test's own namespace or, where there is none, under its name; on a free port. */
const moved = (object: Rendered): Rendered => ({
  ...object,
  metadata:
    object.metadata.namespace === undefined
      ? { ...object.metadata, name: NAMESPACE }
      : { ...object.metadata, namespace: NAMESPACE },
  ...(object.spec?.ports === undefined
    ? {}
    : {
        spec: {
          ...object.spec,
          ports: object.spec.ports.map((port) =>
            port.nodePort === undefined ? port : { ...port, nodePort: NODE_PORT },
          ),
        },
      }),
});

/** What the API server says of objects: it checks and completes them as if they were applied, and keeps nothing. */
const tryToApply = (objects: readonly Rendered[]) =>
  run(
    "kubectl",
    ["apply", "--server-side", "--dry-run=server", "--validate=strict", "--warnings-as-errors", "-f", "-"],
    { input: objects.map((object) => stringify(object, { compat: "yaml-1.1" })).join("---\n") },
  );

describe("rendered manifests", () => {
  before(async () => {
    await succeed("kubectl", ["create", "namespace", NAMESPACE]);
  });
  after(async () => {
    await succeed("kubectl", ["delete", "namespace", NAMESPACE, "--ignore-not-found"]);
  });

  const rendered = async (stack: string): Promise<Rendered[]> => {
    const stream = await succeed("npm", ["run", "-s", "manifests", "--", "--stack", stack]);
    return Promise.all(parseAllDocuments(stream).map((document) => certified(moved(document.toJS() as Rendered))));
  };

  for (const stack of readdirSync(".").flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])) {
    it(`of the stack ${stack} are taken by the API server, all of them, without a warning`, async () => {
      const objects = await rendered(stack);
      const { code, output } = await tryToApply(objects);
      expect(code, output).to.equal(0);
      expect(output.trim().split("\n"), output).to.have.length(objects.length);
      expect(output).not.to.match(/warning/i);
    });
  }

  // What the above would say if there were something to say.
  let dev: Promise<Rendered[]>;
  before(() => {
    dev = rendered("dev");
  });
  for (const [what, from, to, complaint] of [
    ["a misspelt field", '"readinessProbe"', '"readyProbe"', /readyProbe/],
    ["a value of the wrong kind", '"replicas":3', '"replicas":"many"', /expected numeric/],
    ["a variable twice", '"name":"POD_NAME"', '"name":"GET_HOSTS_FROM"', /GET_HOSTS_FROM/],
    ["a label out of use", '"automount', '"nodeSelector":{"beta.kubernetes.io/os":"linux"},"automount', /deprecated/],
  ] as const) {
    it(`would not be taken with ${what}`, async () => {
      const controller = (await dev).find(({ kind }) => kind === "ReplicationController");
      const text = JSON.stringify(controller);
      expect(text).to.include(from);
      const { code, output } = await tryToApply([JSON.parse(text.replace(from, to)) as Rendered]);
      expect(code, output).not.to.equal(0);
      expect(output).to.match(complaint);
    });
  }

  it("leave nothing behind", async () => {
    const kinds = "replicationcontrollers,services,jobs,pods,persistentvolumeclaims,ingresses,secrets";
    expect(await succeed("kubectl", ["-n", NAMESPACE, "get", kinds, "-o", "name"])).to.equal("");
  });
});

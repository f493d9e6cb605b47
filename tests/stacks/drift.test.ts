import { expect } from "chai";

import { eventually } from "../support/run";
import { Changes } from "../support/stack";
import { inside, namespace, prepare, pulumi, up } from "./support/second";

/** Longest time, in seconds, until pods that were deleted with their controller are there again. */
const BACK_SECONDS = 120;

interface KubernetesObject {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly replicas?: number;
    readonly maxUnavailable?: number;
    readonly ports?: { port: number }[];
    readonly rules?: { host: string }[];
    readonly ingress?: unknown;
  };
  readonly data?: Readonly<Record<string, string>>;
}

const get = async (kind: string): Promise<KubernetesObject[]> =>
  (JSON.parse(await inside.kubectl(["get", kind, "-o", "json"])) as { items: KubernetesObject[] }).items;

/** The name of the only object of a kind that has this name, or this one and what Pulumi adds to it. */
const nameOf = async (kind: string, name: string): Promise<string> => {
  const names = (await get(kind)).map(({ metadata }) => metadata.name);
  const found = names.filter((one) => one.startsWith(name) && /^(-[0-9a-f]{8})?$/.test(one.slice(name.length)));
  expect(found, `${kind} ${name} of ${names.join(", ")}`).to.have.length(1);
  return found[0] ?? "";
};

/** What all objects hold that the stack says something about; what the cluster adds by itself is left out. */
const contents = async (): Promise<string[]> => {
  const lines: string[] = [];
  for (const kind of KINDS) {
    for (const { metadata, spec, data } of await get(kind)) {
      // A Service that is made anew has another address, which its certificate names.
      const values = Object.entries(data ?? {}).filter(([key]) => key !== "tls.crt");
      const ports = spec?.ports?.map(({ port }) => port);
      const hosts = spec?.rules?.map(({ host }) => host);
      const counts = [spec?.replicas, spec?.maxUnavailable];
      lines.push(JSON.stringify([kind, metadata.labels ?? {}, counts, ports, hosts, spec?.ingress, values]));
    }
  }
  return lines.sort();
};

const KINDS = [
  "secrets",
  "services",
  "replicationcontrollers",
  "jobs",
  "persistentvolumeclaims",
  "ingresses",
  "poddisruptionbudgets",
  "networkpolicies",
];

/** By hand, as somebody would who does not know that Pulumi looks after it: a kind, a name without what Pulumi adds to it, a patch. */
const EDITS: readonly (readonly [kind: string, name: string, patch: object])[] = [
  ["replicationcontroller", "redis-slave", { spec: { replicas: 0 } }],
  ["service", "redis-slave", { spec: { ports: [{ port: 6379, targetPort: 6380 }] } }],
  ["secret", "redis", { stringData: { password: "changed by hand" } }],
  ["job", "dabacluster-migrate", { metadata: { labels: { name: "changed" } } }],
  ["poddisruptionbudget", "dabacluster", { spec: { maxUnavailable: 0 } }],
  ["ingress", "dabacluster", { spec: { rules: [{ host: "changed.example.org" }] } }],
  ["networkpolicy", "mysql", { spec: { ingress: [{}] } }],
  ["persistentvolumeclaim", "dabaweb", { metadata: { annotations: { "pulumi.com/skipAwait": "changed" } } }],
];

/** By hand too: what nobody should have deleted. A claim that is in use stays until its pod is gone, and is no drift till then. */
const DELETIONS: readonly (readonly [kind: string, name: string])[] = [
  ["replicationcontroller", "mysql-slave"],
  ["service", "mysql-slave"],
  ["poddisruptionbudget", "mysql-slave"],
  ["priorityclass", `web-${namespace}`],
  ["networkpolicy", "isolation"],
  ["secret", "dabacluster"],
  ["secret", "redis-slave-certificate"],
  ["configmap", "redis-master-location"],
  ["job", "dabacluster-migrate"],
  ["ingress", "dabacluster"],
];

/** The resources that a preview would change, as the lines of its text show them. */
const foundBy = async (): Promise<string> => {
  const { code, output } = await pulumi(["preview", "--refresh", "--diff"]);
  expect(code, output).to.equal(0);
  return output;
};

describe("drift", () => {
  let whole: string[];
  const mended = async (changes: Changes = {}) => {
    await up(changes);
    await eventually(BACK_SECONDS, async () => {
      expect(await contents()).to.deep.equal(whole);
    });
    const { code, output } = await pulumi(["preview", "--refresh", "--expect-no-changes"]);
    expect(code, output).to.equal(0);
  };

  before(async () => {
    await prepare();
    await up();
    whole = await contents();
  });

  it("of objects that were edited is found and mended, for each kind", async () => {
    const edited: string[] = [];
    for (const [kind, named, patch] of EDITS) {
      const name = await nameOf(kind, named);
      await inside.kubectl(["patch", kind, name, "--type=merge", "-p", JSON.stringify(patch)]);
      edited.push(name);
    }
    const output = await foundBy();
    for (const name of edited) {
      expect(output, `the preview does not speak of ${name}`).to.include(name);
    }
    await pulumi(["refresh", "--yes", "--skip-preview"]);
    await mended();
  });

  it("of the note that says where data lies is found; whether another place is meant, only a person can say", async () => {
    const note = await nameOf("configmap", "mysql-master-location");
    await inside.kubectl(["patch", "configmap", note, "--type=merge", "-p", '{"data":{"location":"elsewhere"}}']);
    const { code, output } = await pulumi(["preview", "--refresh"]);
    expect(code, output).not.to.equal(0);
    expect(output).to.include("The data of mysql-master lies in: elsewhere.");
    await pulumi(["refresh", "--yes", "--skip-preview"]);
    await mended({ allowDataMove: true });
  });

  it("of objects that were deleted is found and mended, for each kind", async () => {
    for (const [kind, named] of DELETIONS) {
      await inside.kubectl(["delete", kind, await nameOf(kind, named), "--wait"]);
    }
    const output = await foundBy();
    expect(output).to.match(new RegExp(`\\+ ${DELETIONS.length} to create`));
    await pulumi(["refresh", "--yes", "--skip-preview"]);
    await mended();
  });
});

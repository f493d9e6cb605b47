import { expect } from "chai";

import { accessTo } from "../../components/access";
import { Allowed, NetworkPolicies, policiesOf } from "../../components/networkPolicies";
import { record, registered } from "./mocks";

type Labels = Readonly<Record<string, string>>;
interface Selector {
  readonly matchLabels?: Labels;
}
interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string };
}
interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly protocol: string; readonly port: number }[];
}
interface Spec {
  readonly podSelector: Selector;
  readonly policyTypes: readonly ("Ingress" | "Egress")[];
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}
/** A pod of the namespace, or somebody else. */
type Place = { readonly labels: Labels } | "another namespace" | "the world";

const ALLOWED: Allowed = {
  servers: [
    { name: "mysql", port: 3306 },
    { name: "redis", port: 6379 },
  ],
  open: [
    { name: "web", pods: { name: "dabacluster" }, ports: [80] },
    { name: "metrics", pods: {}, ports: [9104], podsOnly: true },
  ],
};

const has = ({ matchLabels = {} }: Selector, labels: Labels): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value);

/** Whether a peer of a rule is this place; of address ranges, only that of the whole world is known here. */
const is = (place: Place, { podSelector, namespaceSelector, ipBlock }: Peer): boolean => {
  if (ipBlock !== undefined) {
    return place === "the world" && ipBlock.cidr === "0.0.0.0/0";
  }
  if (place === "the world") {
    return false;
  }
  return namespaceSelector === undefined
    ? place !== "another namespace" && podSelector !== undefined && has(podSelector, place.labels)
    : true;
};

const lets = (labels: Labels, way: "Ingress" | "Egress", other: Place, port: number, specs: readonly Spec[]) => {
  const chosen = specs.filter(({ podSelector, policyTypes }) => policyTypes.includes(way) && has(podSelector, labels));
  const rules = chosen.flatMap(({ ingress = [], egress = [] }) => (way === "Ingress" ? ingress : egress));
  return (
    chosen.length === 0 ||
    rules.some(({ from, to, ports }) => {
      const peers = way === "Ingress" ? from : to;
      return (
        (ports === undefined || ports.some((one) => one.port === port && one.protocol === "TCP")) &&
        (peers === undefined || peers.some((peer) => is(other, peer)))
      );
    })
  );
};

/** Whether a connection comes about, as Kubernetes says: both ends must allow it. */
const reaches = (from: Place, to: Place, port: number, allowed: Allowed = ALLOWED): boolean => {
  const specs = policiesOf(allowed).map(([, spec]) => spec as unknown as Spec);
  return (
    (typeof from === "string" || lets(from.labels, "Egress", to, port, specs)) &&
    (typeof to === "string" || lets(to.labels, "Ingress", from, port, specs))
  );
};

const pod = (labels: Labels): Place => ({ labels });
const web = pod({ name: "dabacluster", ...accessTo("mysql"), ...accessTo("redis") });
const mysqlMaster = pod({ name: "mysql-master", peers: "mysql" });
const mysqlSlave = pod({ name: "mysql-slave", peers: "mysql" });
const redisMaster = pod({ name: "redis-master", peers: "redis" });
const redisSlave = pod({ name: "redis-slave", peers: "redis" });
const foreign = pod({ name: "foreign" });
const everybody: readonly Place[] = [
  web,
  mysqlMaster,
  mysqlSlave,
  redisMaster,
  redisSlave,
  foreign,
  "another namespace",
  "the world",
];

const whoReaches = (to: Place, port: number) => everybody.filter((from) => from !== to && reaches(from, to, port));

describe("NetworkPolicies", () => {
  it("let peers and pods with access reach servers, and nobody else", () => {
    expect(whoReaches(mysqlMaster, 3306)).to.deep.equal([web, mysqlSlave]);
    expect(whoReaches(mysqlSlave, 3306)).to.deep.equal([web, mysqlMaster]);
    expect(whoReaches(redisMaster, 6379)).to.deep.equal([web, redisSlave]);
    expect(whoReaches(redisSlave, 6379)).to.deep.equal([web, redisMaster]);
  });

  it("let nobody reach another port of a server, or another pod", () => {
    for (const server of [mysqlMaster, mysqlSlave, redisMaster, redisSlave]) {
      for (const port of [22, 33060, server === mysqlMaster ? 6379 : 8080]) {
        expect(whoReaches(server, port)).to.deep.equal([]);
      }
    }
    expect(whoReaches(foreign, 80)).to.deep.equal([]);
  });

  it("open the web's front to those who may go there, and nothing behind it", () => {
    expect(whoReaches(web, 80)).to.deep.equal(["another namespace", "the world"]);
    expect(whoReaches(web, 8000)).to.deep.equal([]);
  });

  it("open metrics to pods of other namespaces, not to the world", () => {
    expect(whoReaches(mysqlMaster, 9104)).to.deep.equal(["another namespace"]);
  });

  it("let pods look up names, and go nowhere else", () => {
    for (const from of [web, mysqlMaster, redisSlave, foreign]) {
      expect(reaches(from, "another namespace", 53)).to.equal(true);
      for (const port of [80, 443, 3306]) {
        expect(reaches(from, "another namespace", port)).to.equal(false);
        expect(reaches(from, "the world", port)).to.equal(false);
      }
    }
  });

  it("let those out who are to go out", () => {
    const outside = [{ name: "web-outside", pods: { name: "dabacluster" }, ranges: ["0.0.0.0/0"] }];
    expect(reaches(web, "the world", 443, { ...ALLOWED, outside })).to.equal(true);
    expect(reaches(mysqlMaster, "the world", 443, { ...ALLOWED, outside })).to.equal(false);
  });

  it("are of one direction each where they allow something: engines mix the two up", () => {
    for (const [name, { ingress, egress, policyTypes }] of policiesOf(ALLOWED)) {
      if (ingress !== undefined || egress !== undefined) {
        expect(policyTypes, name).to.have.lengthOf(1);
      }
    }
  });

  it("are objects of the namespace under names of their own", async () => {
    const recorder = await record();
    new NetworkPolicies("network", { namespace: "space", ...ALLOWED });
    await registered();
    const made = recorder.registrations.filter(({ type }) => type === "kubernetes:networking.k8s.io/v1:NetworkPolicy");
    expect(made.map(({ inputs }) => inputs["metadata"])).to.have.deep.members(
      policiesOf(ALLOWED).map(([name]) => ({ name, namespace: "space" })),
    );
  });
});

import { expect } from "chai";

import { eventually } from "../support/run";
import { visit } from "../support/visitors";
import { fingerprint, mysql, onlyPod } from "../e2e/support/cluster";
import {
  changeRegistryPassword,
  HOST,
  inside,
  namespace,
  page,
  pulumi,
  registryClients,
  up,
  prepare,
} from "./support/second";
import { NAMESPACE, pulumi as pulumiOfFirst, remove as removeFirst, URL } from "../e2e/support/stack";

const VISITORS = 10;

describe("a second stack in the same cluster", () => {
  before(prepare);
  // It has done its part, and what comes now has the machine for itself.
  after(removeFirst);

  it("comes up beside the first, which notices nothing", async () => {
    const before = await fingerprint();
    const { seen, leave } = visit(URL, VISITORS);
    try {
      await up();
    } finally {
      await leave();
    }
    expect(seen.pages).to.be.greaterThan(0);
    expect(seen.failures, `${seen.failed} requests failed`).to.deep.equal([]);
    expect(await fingerprint()).to.deep.equal(before);
  });

  it("has its images from a registry that asks for a password, which both sides gave", () => {
    expect([...registryClients()]).to.include.members(["containerd"]);
    expect([...registryClients()].some((client) => client.startsWith("buildkit"))).to.equal(true);
  });

  it("hands a new password of the registry to the nodes, and touches no pod", async () => {
    const uids = async () => (await inside.pods("dabacluster")).map(({ metadata }) => metadata.uid);
    const before = await uids();
    const password = "another-one-for-the-registry";
    await changeRegistryPassword(password);
    await up();
    expect(await uids()).to.deep.equal(before);
    const { items } = JSON.parse(await inside.kubectl(["get", "secrets", "-o", "json"])) as {
      items: { type: string; data: Record<string, string> }[];
    };
    const logins = items
      .filter(({ type }) => type === "kubernetes.io/dockerconfigjson")
      .map(({ data }) => Buffer.from(data[".dockerconfigjson"] ?? "", "base64").toString());
    expect(logins).to.have.length(1);
    expect(logins[0]).to.include(password);
  });

  it("has data of its own", async () => {
    const create = "CREATE TABLE form.whose (stack VARCHAR(20)); INSERT INTO form.whose VALUES";
    await mysql(await onlyPod("mysql-master"), `${create} ('first')`);
    await inside.mysql(await inside.onlyPod("mysql-master"), `${create} ('second')`);
    const whose = "SELECT stack FROM form.whose";
    await eventually(30, async () => {
      expect(await mysql(await onlyPod("mysql-master"), whose)).to.deep.equal([["first"]]);
      for (const slave of await inside.readyPods("mysql-slave")) {
        expect(await inside.mysql(slave, whose)).to.deep.equal([["second"]]);
      }
    });
    await mysql(await onlyPod("mysql-master"), "DROP TABLE form.whose");
  });

  it("answers HTTPS, and sends those on who come without", async () => {
    const secure = await page();
    expect(secure.status).to.equal(200);
    expect(secure.headers.get("strict-transport-security")).to.match(/max-age=\d+/);
    expect(secure.headers.getSetCookie().join()).to.match(/; secure/i);
    const plain = await page({});
    expect(plain.status).to.equal(301);
    expect(plain.headers.get("location")).to.match(/^https:/);
  });

  it("has an ingress for its names, with what the controller is told", async () => {
    const { spec, metadata } = JSON.parse(await inside.kubectl(["get", "ingress", "dabacluster", "-o", "json"])) as {
      spec: { tls: object[]; rules: { host: string }[] };
      metadata: { annotations: Record<string, string> };
    };
    expect(spec.tls).to.deep.equal([{ hosts: [HOST], secretName: "dabacluster-tls" }]);
    expect(spec.rules.map(({ host }) => host)).to.deep.equal([HOST]);
    expect(metadata.annotations).to.include({ "example.org/owner": "tests" });
  });

  it("finds nothing to do, and neither does the first", async () => {
    const { code, output } = await pulumi(["preview", "--expect-no-changes"]);
    expect(code, output).to.equal(0);
    const first = await pulumiOfFirst(["preview", "--expect-no-changes"]);
    expect(first.code, first.output).to.equal(0);
    expect(namespace).to.not.equal(NAMESPACE);
  });
});

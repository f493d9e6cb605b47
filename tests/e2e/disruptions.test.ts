import { expect } from "chai";

import { eventually, Finished, run, succeed } from "../support/run";
import { visit } from "../support/visitors";
import { onlyPod, Pod, readyPods } from "./support/cluster";
import { NAMESPACE, URL } from "./support/stack";

const VISITORS = 10;
/** Longest time, in seconds, until there is another ready pod in place of an evicted one. */
const BACK_SECONDS = 120;
const HELD = "Cannot evict pod as it would violate the pod's disruption budget";

/** Asks for a pod's place, as whoever empties a node does. */
const evict = ({ metadata: { name } }: Pod, deleteOptions: object = {}): Promise<Finished> => {
  const metadata = { name, namespace: NAMESPACE };
  return run("kubectl", ["create", "--raw", `/api/v1/namespaces/${NAMESPACE}/pods/${name}/eviction`, "-f", "-"], {
    input: JSON.stringify({ apiVersion: "policy/v1", kind: "Eviction", metadata, deleteOptions }),
  });
};

const expectGranted = async (pod: Pod, deleteOptions?: object) => {
  const { code, output } = await evict(pod, deleteOptions);
  expect(code, output).to.equal(0);
};

const expectRefused = async (pod: Pod) => {
  const { code, output } = await evict(pod);
  expect(code, output).to.not.equal(0);
  expect(output).to.include(HELD);
};

/** The first two ready pods of a part. */
const two = async (part: string): Promise<[Pod, Pod]> => {
  const [first, second] = await readyPods(part);
  if (first === undefined || second === undefined) {
    throw new Error(`${part} has less than two ready pods`);
  }
  return [first, second];
};

/** Takes a pod, and proves that there is no other one to be had until all are ready again. */
async function oneAtATime(part: string): Promise<void> {
  const all = (await readyPods(part)).length;
  const [first, second] = await two(part);
  await expectGranted(first);
  await expectRefused(second);
  await eventually(BACK_SECONDS, async () => {
    expect(await readyPods(part)).to.have.length(all);
    await expectGranted(second, { dryRun: ["All"] });
  });
}

describe("whoever empties a node", () => {
  it("gets one pod of the web at a time, and no visitor notices", async () => {
    const { seen, leave } = visit(URL, VISITORS);
    try {
      await oneAtATime("dabacluster");
    } finally {
      await leave();
    }
    expect(seen.pages).to.be.greaterThan(0);
    expect(seen.failures, `${seen.failed} requests failed`).to.deep.equal([]);
  });

  it("gets one slave at a time", () => Promise.all(["mysql-slave", "redis-slave"].map(oneAtATime)));

  it("gets a master, which is one alone and would hold up the node for ever", async () => {
    for (const part of ["mysql-master", "redis-master"]) {
      await expectGranted(await onlyPod(part), { dryRun: ["All"] });
    }
  });
});

describe("a node without room for all", () => {
  it("keeps databases before the web, and the web before Jobs, by the priorities that pods have", async () => {
    const listed = JSON.parse(await succeed("kubectl", ["-n", NAMESPACE, "get", "pods", "-o", "json"])) as {
      items: { metadata: { labels: { name: string } }; spec: { priority: number } }[];
    };
    const of = (part: RegExp) =>
      listed.items.filter(({ metadata }) => part.test(metadata.labels.name)).map(({ spec }) => spec.priority);
    const [databases, web, jobs] = [of(/-(master|slave)$/), of(/^dabacluster$/), of(/-(pull|migrate|password)$/)];
    expect(Math.min(...databases)).to.be.greaterThan(Math.max(...web));
    expect(Math.min(...web)).to.be.greaterThan(Math.max(...jobs));
    expect(Math.min(...jobs), "there are Jobs").to.be.finite;
  });
});

import { expect } from "chai";

import { eventually, succeed } from "../support/run";
import { RESTLESS_MS, visit, Visit } from "../support/visitors";
import { readyPods } from "../e2e/support/cluster";
import { NAMESPACE, pulumi, up, URL } from "../e2e/support/stack";

/**
 * Of 60 millicores that a pod of the web requests: on a slow machine an idle one takes a quarter of it, and a visitor's pages more
 * than that pod; the crowd takes what a pod can get.
 */
const AUTOSCALING = { web: { min: 2, max: 4, cpuPercent: 200 } };
const CROWD = 20;
const A_FEW = 2;
/** Longest time, in seconds, until the load is measured and pods are there for it, or gone. */
const SCALED_SECONDS = 180;

const kubectl = (...args: string[]): Promise<string> => succeed("kubectl", ["-n", NAMESPACE, ...args]);

const names = async (): Promise<string[]> => (await readyPods("dabacluster")).map(({ metadata }) => metadata.name);

const controllers = async (): Promise<{ metadata: { name: string }; spec: { replicas: number } }[]> =>
  (
    JSON.parse(await kubectl("get", "rc", "-l", "name=dabacluster", "-o", "json")) as {
      items: { metadata: { name: string }; spec: { replicas: number } }[];
    }
  ).items;

const target = (): Promise<string> =>
  kubectl("get", "hpa", "dabacluster", "-o", "jsonpath={.spec.scaleTargetRef.name}");

/** How many pods each controller was to have while something was done. */
async function wantedWhile(act: () => Promise<unknown>): Promise<Map<string, number[]>> {
  const wanted = new Map<string, number[]>();
  const during = { over: false };
  const watching = (async () => {
    while (!during.over) {
      for (const { metadata, spec } of await controllers()) {
        wanted.set(metadata.name, [...(wanted.get(metadata.name) ?? []), spec.replicas]);
      }
    }
  })();
  try {
    await act();
  } finally {
    during.over = true;
    await watching;
  }
  return wanted;
}

const expectPods = (count: number) =>
  eventually(SCALED_SECONDS, async () => {
    expect(await names()).to.have.length(count);
  });

const expectNothingToDo = async (...options: string[]) => {
  const { code, output } = await pulumi(["preview", "--expect-no-changes", ...options], { autoscaling: AUTOSCALING });
  expect(code, output).to.equal(0);
};

/** Ends a visit that must have gone well. */
const left = async ({ seen, leave }: Visit) => {
  await leave();
  expect(seen.pages).to.be.greaterThan(0);
  expect(seen.failures, `${seen.failed} requests failed`).to.deep.equal([]);
};

describe("the number of the web's pods, where the load decides", () => {
  it("is as before when that begins, and what each pod takes is known", async () => {
    const before = await names();
    await up({ autoscaling: AUTOSCALING });
    expect(await names()).to.have.members(before);
    await eventually(SCALED_SECONDS, async () => {
      const used = await kubectl("top", "pods", "-l", "name=dabacluster", "--no-headers");
      expect(used.trim().split("\n")).to.have.length(before.length);
    });
  });

  it("grows under load", async () => {
    const crowd = visit(URL, CROWD, RESTLESS_MS);
    await expectPods(AUTOSCALING.web.max);
    await left(crowd);
  });

  it("is nobody's drift", async () => {
    await expectNothingToDo();
    await expectNothingToDo("--refresh");
  });

  it("is never less while an update rolls out, and the new pods' controller is the autoscaler's next", async () => {
    // Kubernetes waits for five minutes to see whether the load comes back: by then this is over.
    const few = visit(URL, A_FEW);
    const old = await names();
    const wanted = await wantedWhile(() =>
      up({ autoscaling: AUTOSCALING, hosts: ["127.0.0.1", "localhost", "scaled.example"] }),
    );
    expect(wanted.size, "an old controller and a new one").to.equal(2);
    for (const [controller, counts] of wanted) {
      expect(new Set(counts), controller).to.deep.equal(new Set([AUTOSCALING.web.max]));
    }
    await eventually(60, async () => {
      expect((await names()).filter((name) => old.includes(name))).to.deep.equal([]);
    });
    expect(await names()).to.have.length(AUTOSCALING.web.max);
    expect((await controllers()).map(({ metadata }) => metadata.name)).to.deep.equal([await target()]);
    await left(few);
  });

  it("shrinks without load, and those who are there do not notice", async () => {
    // At once, not after those five minutes.
    const behavior = { scaleDown: { stabilizationWindowSeconds: 0 } };
    await kubectl("patch", "hpa", "dabacluster", "--type=merge", "-p", JSON.stringify({ spec: { behavior } }));
    const few = visit(URL, A_FEW);
    await expectPods(AUTOSCALING.web.min);
    await left(few);
  });

  it("is what the settings say when that ends", async () => {
    await up();
    expect((await controllers()).map(({ spec }) => spec.replicas)).to.deep.equal([3]);
    await expectPods(3);
    expect(await kubectl("get", "hpa", "-o", "name")).to.equal("");
  });
});

import { expect } from "chai";

import { percentile } from "../../bench/figures";
import { inTurns, RawClient } from "../support/badClients/client";
import { badRequests, HIDDEN } from "../support/badClients/fuzz";
import { eventually } from "../support/run";
import { visit } from "../support/visitors";
import { exec, kubectl, Pod, readyPods } from "./support/cluster";
import { NODE_PORT, URL } from "./support/stack";

/** Well-behaved people, who must not notice any of it. */
const VISITORS = 10;
/** Pages that they read while something is held open. */
const PAGES = 150;
const HELD = 10_000;
const SLOW = 300;
const SEED = 7;
const BAD_REQUESTS = 1000;
/** Milliseconds after which an answer is no longer waited for. */
const PATIENCE_MS = 30_000;
/** Of nginx' own answers: to an unknown transfer coding and to another version of HTTP. */
const NOT_IMPLEMENTED = [501, 505];

const GET = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
const POST = "POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n";

/** Resident memory of each pod's nginx, in MiB. */
const memory = async (pods: readonly Pod[]): Promise<number[]> =>
  Promise.all(
    pods.map(async (pod) => {
      const sum = "awk '/^VmRSS/ { sum += $2 } END { print sum }' /proc/[0-9]*/status";
      const name = pod.metadata.name;
      return Number(await kubectl(["exec", name, "-c", "dabanginx", "--", "sh", "-c", sum])) / 1024;
    }),
  );

/** Connections of each pod that are established. */
const connections = async (pods: readonly Pod[]): Promise<number[]> =>
  Promise.all(
    pods.map(async (pod) => {
      const count = "awk '$4 == \"01\"' /proc/net/tcp /proc/net/tcp6 | wc -l";
      return Number(await exec(pod, ["sh", "-c", count]));
    }),
  );

const restarts = (pods: readonly Pod[]): [name: string, restarts: number[]][] =>
  pods
    .map(({ metadata, status }): [string, number[]] => [
      metadata.name,
      (status.containerStatuses ?? []).map(({ restartCount }) => restartCount),
    ])
    .sort();

/** Does something bad while others visit; they must have noticed nothing. */
async function meanwhile<T>(what: string, act: (pagesRead: () => Promise<void>) => Promise<T>): Promise<T> {
  const { seen, leave } = visit(URL, VISITORS);
  const pagesRead = async () => {
    const enough = seen.pages + PAGES;
    await eventually(60, () => {
      expect(seen.pages).to.be.at.least(enough);
      return Promise.resolve();
    });
  };
  try {
    return await act(pagesRead);
  } finally {
    await leave();
    const waits = [50, 99, 100].map((percent) => percentile(seen.waits, percent) ?? 0);
    console.log(
      `      ${what}: others read ${seen.pages} pages, ${seen.failed} failed; they waited ${waits.join(", ")} ms (p50, p99, longest)`,
    );
    expect(seen.failures, `${seen.failed} requests of others failed`).to.deep.equal([]);
    expect(seen.pages).to.be.greaterThan(0);
  }
}

describe("bad clients", () => {
  let pods: Pod[];
  let clients: RawClient[] = [];
  let memoryBefore: number[];
  const client = (): RawClient => {
    const made = new RawClient(NODE_PORT);
    clients.push(made);
    return made;
  };

  before(async () => {
    pods = await readyPods("dabacluster");
    memoryBefore = await memory(pods);
  });
  afterEach(() => {
    for (const left of clients) {
      left.leave();
    }
    clients = [];
  });

  it(`get an answer or an end for each of ${BAD_REQUESTS} bad requests, and never a server's error`, async () => {
    const page = await fetch(`${URL}/forms/guest-book/new/`);
    const cookie = page.headers
      .getSetCookie()
      .map((line) => line.split(";")[0])
      .join("; ");
    const [, token = ""] = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(await page.text()) ?? [];
    expect(token).not.to.equal("");
    const requests = badRequests(SEED, BAD_REQUESTS, cookie, token);

    const counted = new Map<number, number>();
    const wrong: string[] = [];
    await meanwhile("bad requests", () =>
      inTurns(BAD_REQUESTS, 20, async (turn) => {
        const { bytes, wellFormed } = requests[turn] ?? { bytes: "", wellFormed: true };
        const one = new RawClient(NODE_PORT).send(bytes);
        // What is not complete gets no answer; nginx waits for the rest until the client says that there is none.
        const answered = await one.answered(wellFormed ? PATIENCE_MS : 2000);
        one.finish();
        if (!(await one.ended(PATIENCE_MS)) || (wellFormed && !answered)) {
          wrong.push(`nothing: ${JSON.stringify(bytes.slice(0, 300))}`);
        }
        one.leave();
        for (const status of one.statuses) {
          counted.set(status, (counted.get(status) ?? 0) + 1);
          if (status >= 500 && !NOT_IMPLEMENTED.includes(status)) {
            wrong.push(`${status}: ${JSON.stringify(bytes.slice(0, 300))}`);
          }
        }
      }),
    );
    console.log(
      `      answers: ${[...counted]
        .sort()
        .map(([status, count]) => `${count} × ${status}`)
        .join(", ")}`,
    );
    expect(wrong).to.deep.equal([]);
    // They reached the application, and nginx.
    expect([...counted.keys()]).to.include.members([200, 302, 400, 403, 404]);
  });

  it("cannot hide a request in another one: the application saw what nginx saw", async () => {
    interface Line {
      readonly request_id?: string;
      readonly logger?: string;
      readonly method?: string;
      readonly path?: string;
      readonly uri?: string;
    }
    const lines = async (pod: Pod, container: string): Promise<Line[]> =>
      (await kubectl(["logs", pod.metadata.name, "-c", container, "--since=10m"]))
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as Line);
    let compared = 0;
    for (const pod of pods) {
      const nginx = new Map((await lines(pod, "dabanginx")).map((line) => [line.request_id, line]));
      const inside = (await lines(pod, "dabaweb")).filter(({ logger }) => logger === "dabaweb.access");
      for (const { request_id, method, path } of inside) {
        const outside = nginx.get(request_id);
        expect(outside?.method, `${request_id ?? ""} ${path ?? ""}`).to.equal(method);
        if (path?.startsWith(HIDDEN)) {
          expect(outside?.uri).to.equal(path);
        }
        compared++;
      }
    }
    expect(compared).to.be.greaterThan(300);
  });

  it(`are cut off when ${SLOW} are slow with headers, ${SLOW} with bodies, and ${SLOW} with reading`, async () => {
    const stylesheet = /href="(\/static\/[^"]+\.css)"/.exec(await (await fetch(URL)).text())?.[1] ?? "";
    await meanwhile("slow clients", async (pagesRead) => {
      const many = (act: (one: RawClient) => void): RawClient[] =>
        Array.from({ length: SLOW }, () => {
          const one = client();
          act(one);
          return one;
        });
      const started = Date.now();
      // A byte a second would make a header last for ever; nginx gives it ten seconds in all.
      const headers = many((one) => one.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "));
      const bodies = many((one) => one.send(`${POST}Content-Length: 1000000\r\n\r\n`));
      many((one) => one.stopReading().send(GET(stylesheet).repeat(200)));
      const drip = setInterval(() => {
        for (const one of headers) {
          one.send("a");
        }
      }, 1000);
      try {
        await eventually(10, async () => {
          const open = (await connections(pods)).reduce((sum, count) => sum + count);
          expect(open).to.be.at.least(3 * SLOW);
        });
        await pagesRead();
        for (const one of [...headers, ...bodies]) {
          expect(await one.ended(PATIENCE_MS)).to.equal(true);
        }
        console.log(`      slow headers and bodies were cut off after ${Math.round((Date.now() - started) / 1000)} s`);
      } finally {
        clearInterval(drip);
      }
      // Who reads nothing is not told that this is the end; but the server has let go of all of them.
      await eventually(60, async () => {
        for (const count of await connections(pods)) {
          expect(count).to.be.below(SLOW / pods.length / 2);
        }
      });
    });
  });

  const mebibytes = (count: number): string => "x".repeat(count * 1024 ** 2);
  for (const [what, status, text] of [
    ["a body that says that it is too large", 413, () => `${POST}Content-Length: ${50 * 1024 ** 2}\r\n\r\n`],
    [
      "a body in chunks that becomes too large",
      413,
      () =>
        `${POST}Transfer-Encoding: chunked\r\n\r\n${`${(1024 ** 2).toString(16)}\r\n${mebibytes(1)}\r\n`.repeat(22)}`,
    ],
    ["a header of a mebibyte", 400, () => `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Large: ${mebibytes(1)}\r\n\r\n`],
    [
      "cookies of a hundred kilobytes",
      400,
      () => `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${`Cookie: a=${"b".repeat(5000)}\r\n`.repeat(20)}\r\n`,
    ],
    ["an address of a hundred kilobytes", 414, () => GET(`/${"a".repeat(100_000)}`)],
  ] as const) {
    it(`are refused with ${what}`, async () => {
      const bytes = text();
      await meanwhile(what, async () => {
        await inTurns(20, 5, async () => {
          const one = client().send(bytes);
          expect(await one.answered(PATIENCE_MS)).to.equal(true);
          expect(one.statuses).to.deep.equal([status]);
          one.leave();
        });
      });
    });
  }

  it("get their page with as many headers as nginx takes, a thousand", async () => {
    const one = client().send(`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${"a:\r\n".repeat(999)}\r\n`);
    expect(await one.answered(PATIENCE_MS)).to.equal(true);
    expect(one.statuses).to.deep.equal([200]);
  });

  it(`may hold ${HELD} connections open, and nobody else waits for them`, async () => {
    await meanwhile(`${HELD} connections`, async (pagesRead) => {
      const started = Date.now();
      await inTurns(HELD, 250, async () => {
        const one = client().send(GET("/nginx-health"));
        expect(await one.answered(PATIENCE_MS)).to.equal(true);
        expect(one.statuses).to.deep.equal([200]);
      });
      const opened = Date.now();
      await pagesRead();
      const open = clients.filter(({ isOpen }) => isOpen).length;
      const held = await connections(pods);
      const used = (await memory(pods)).map((mebibytes) => mebibytes.toFixed(0));
      console.log(
        `      ${HELD} connections opened in ${((opened - started) / 1000).toFixed(1)} s, ${open} open ${((Date.now() - opened) / 1000).toFixed(1)} s later; ` +
          `by pod: ${held.join(", ")} connections, ${used.join(", ")} MiB of nginx (before: ${memoryBefore.map((mebibytes) => mebibytes.toFixed(0)).join(", ")})`,
      );
      expect(open).to.equal(HELD);
    });
  });

  it("leave nothing behind: no pod was restarted, and memory and connections are free again", async () => {
    expect(restarts(await readyPods("dabacluster"))).to.deep.equal(restarts(pods));
    await eventually(60, async () => {
      const now = await memory(pods);
      now.forEach((mebibytes, index) => {
        expect(mebibytes).to.be.below((memoryBefore[index] ?? 0) + 16);
      });
    });
    expect((await fetch(URL)).status).to.equal(200);
  });
});

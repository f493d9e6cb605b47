import { randomBytes } from "node:crypto";

import { expect } from "chai";

import { RawClient } from "../support/badClients/client";
import { eventually } from "../support/run";
import { Visitor } from "../support/visitor";
import { kubectl, Pod, readyPods } from "./support/cluster";
import { NODE_PORT, URL } from "./support/stack";

type Line = Readonly<Record<string, unknown>>;

const linesOf = async (pod: Pod, container: string): Promise<string[]> =>
  (await kubectl(["logs", pod.metadata.name, "-c", container])).split("\n").filter((line) => line !== "");

/** What uWSGI says of itself; it writes no JSON, and nothing of requests. */
const UWSGI =
  /uWSGI|uwsgi|SIGPIPE|OSError|worker|process|^(\*\*\*|\.\.\.|---|\[rule|setting|compiled|os:|nodename|machine|clock|pcre|detected|current|your|lock|thunder|Python|python|set |mapped|WSGI|chdir|closing|running|found)/;
/** What a library of mysqld's says twice at the start, where the kernel is not to be asked about memory of other nodes. */
const LIBRARY = "get_mempolicy: Operation not permitted";
/** How the servers' own lines begin: with a time, and Redis' with its process before it. */
const TIME = /^(\d+:[XCSM] )?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d|\d\d \w{3} \d{4} \d\d:\d\d:\d\d)/;

describe("logs", () => {
  const mark = randomBytes(6).toString("hex");
  let pods: Pod[];

  /** The lines of JSON of a container of each of the web's pods. */
  const webLines = async (container: string): Promise<Line[]> => {
    const all = await Promise.all(pods.map((pod) => linesOf(pod, container)));
    return all
      .flat()
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Line);
  };

  before(async () => {
    pods = await readyPods("dabacluster");
    // Each pod has something to tell.
    const served = new Set<string>();
    const visitor = new Visitor(URL, false);
    await eventually(30, async () => {
      const { headers } = await visitor.ask("/");
      served.add(String(headers["x-served-by"]));
      expect(served.size).to.equal(pods.length);
    });
    // Secrets where people and programs put them, and should not: in addresses, and in forms.
    await fetch(`${URL}/forms/guest-book/?q=secret-${mark}`, { headers: { Referer: `${URL}/?token=secret-${mark}` } });
    await fetch(`${URL}/nowhere-${mark}?token=secret-${mark}`);
    const page = await fetch(`${URL}/accounts/login/`);
    const cookie = page.headers
      .getSetCookie()
      .map((line) => line.split(";")[0])
      .join("; ");
    const [, token = ""] = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(await page.text()) ?? [];
    for (const csrfmiddlewaretoken of [token, "none"]) {
      const body = new URLSearchParams({ csrfmiddlewaretoken, username: `user-${mark}`, password: `secret-${mark}` });
      await fetch(`${URL}/accounts/login/?next=/secret-${mark}`, { method: "POST", headers: { Cookie: cookie }, body });
    }
    // nginx keeps a body as large as this in a file, and says so with the request's first line.
    const text = `password=secret-${mark}&${"x".repeat(200_000)}`;
    const large = new RawClient(NODE_PORT).send(
      `POST /large-${mark}?token=secret-${mark} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    );
    expect(await large.answered(10_000)).to.equal(true);
    large.leave();
    const bytes = new RawClient(NODE_PORT).send(
      `GET /\xff\xfe?x HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: \xff\r\n\r\n`,
    );
    expect(await bytes.answered(10_000)).to.equal(true);
    bytes.leave();
  });

  it("of the web are a JSON object a line: nginx', its messages too, and the application's", async () => {
    for (const pod of pods) {
      const nginx = (await linesOf(pod, "dabanginx")).map((line) => JSON.parse(line) as Line);
      expect(nginx).not.to.be.empty;
      for (const line of nginx) {
        expect(line).to.include.any.keys("request_id", "logger");
      }
      // What is no UTF-8 is read as this.
      expect(nginx.filter((line) => JSON.stringify(line).includes("\ufffd"))).to.deep.equal([]);
      const application = await linesOf(pod, "dabaweb");
      expect(application.filter((line) => line.startsWith("{"))).not.to.be.empty;
      for (const line of application) {
        if (line.startsWith("{")) {
          expect(JSON.parse(line)).to.include.keys("time", "level", "logger", "message");
        } else {
          expect(line).to.match(UWSGI);
        }
      }
    }
  });

  it("tell a request by one identifier, at nginx and in the application", async () => {
    const id = `request-${mark}`;
    const answer = await fetch(`${URL}/forms/guest-book/?page=1`, { headers: { "X-Request-ID": id } });
    expect(answer.headers.get("X-Request-ID")).to.equal(id);
    await eventually(10, async () => {
      const nginx = (await webLines("dabanginx")).filter(({ request_id }) => request_id === id);
      const application = (await webLines("dabaweb")).filter(({ request_id }) => request_id === id);
      expect(nginx).to.have.length(1);
      expect(application).to.have.length(1);
      expect(nginx[0]).to.include({ method: "GET", uri: "/forms/guest-book/", status: 200 });
      expect(application[0]).to.include({ method: "GET", path: "/forms/guest-book/", status: 200 });
    });
  });

  it("have no query of an address, and nothing of a form", async () => {
    const nginx = await webLines("dabanginx");
    // Both kinds of nginx' lines are there, and name the addresses.
    expect(nginx.some(({ uri }) => uri === `/nowhere-${mark}`)).to.equal(true);
    expect(nginx.some(({ uri, agent }) => uri === "(not ASCII)" && agent === uri)).to.equal(true);
    expect(
      nginx.some(({ logger, message }) => logger === "nginx" && String(message).includes(`POST /large-${mark} `)),
    ).to.equal(true);
    const all = await Promise.all(pods.flatMap((pod) => [linesOf(pod, "dabanginx"), linesOf(pod, "dabaweb")]));
    expect(all.flat().filter((line) => line.includes(`secret-${mark}`))).to.deep.equal([]);
    expect(all.flat().filter((line) => line.includes(`user-${mark}`))).to.deep.equal([]);
  });

  for (const [part, container] of [
    ["mysql-master", "mysql"],
    ["mysql-slave", "mysql"],
    ["redis-master", "redis"],
    ["redis-slave", "redis"],
  ] as const) {
    it(`of ${part} begin with a time, each line`, async () => {
      for (const pod of await readyPods(part)) {
        const lines = await linesOf(pod, container);
        expect(lines).not.to.be.empty;
        expect(lines.filter((line) => !TIME.test(line) && line !== LIBRARY)).to.deep.equal([]);
      }
    });
  }
});

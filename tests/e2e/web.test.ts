import { get } from "node:http";

import { expect } from "chai";
import { Browser, chromium, Page } from "playwright-core";

import { BROWSER, press } from "./support/browser";
import { readyPods } from "./support/cluster";
import { eventually } from "../support/run";
import { URL } from "./support/stack";

/** What each pod answers to a path, by asking the port until every pod has answered. */
async function fromEveryPod(path: string): Promise<Map<string, string>> {
  const pods = new Set((await readyPods("dabacluster")).map(({ metadata }) => metadata.name));
  const bodies = new Map<string, string>();
  await eventually(30, async () => {
    const response = await fetch(URL + path, { headers: { Connection: "close" } });
    expect(response.status).to.equal(200);
    bodies.set(response.headers.get("X-Served-By") ?? "nobody", await response.text());
    expect([...bodies.keys()]).to.have.members([...pods]);
  });
  return bodies;
}

/** The status of a request for another host; fetch() does not let the header be set. */
const statusFor = (host: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get(URL, { headers: { Host: host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });

describe("the web", () => {
  let browser: Browser;
  let page: Page;

  before(async () => {
    browser = await chromium.launch(BROWSER);
    page = await browser.newPage();
  });
  after(() => browser.close());

  it("answers through the node port from three pods", async () => {
    expect((await fromEveryPod("/")).size).to.equal(3);
  });

  it("takes an entry in a browser, shows it at once, and then from every pod", async () => {
    const message = `Привет, 世界 <b>&</b> ${Date.now()}`;
    await page.goto(URL);
    await press(page.getByRole("link", { name: "Guest book" }));
    await press(page.getByRole("button", { name: /^Add/ }).first());
    await page.getByLabel("Name").fill("Ada");
    await page.getByLabel("Message").fill(message);
    await press(page.getByRole("button", { name: "Save the entry" }));

    expect(await page.getByRole("status").textContent()).to.match(/saved/);
    expect(await page.getByRole("cell", { name: message }).count()).to.equal(1);
    await eventually(20, async () => {
      for (const [pod, body] of await fromEveryPod("/forms/guest-book/")) {
        expect(body, pod).to.include("&lt;b&gt;&amp;&lt;/b&gt;");
        expect(body, pod).to.include(message.split(" ").at(-1));
      }
    });
  });

  it("keeps what was typed when an answer is missing", async () => {
    await page.goto(`${URL}/forms/guest-book/new/`);
    await page.getByLabel("Name").fill("Grace");
    await page.getByLabel("Message").evaluate((field) => {
      field.removeAttribute("required");
    });
    await press(page.getByRole("button", { name: "Save the entry" }));
    expect(await page.getByText("This field is required").count()).to.equal(1);
    expect(await page.getByLabel("Name").inputValue()).to.equal("Grace");
  });

  it("serves its static files by nginx, to be kept for ever", async () => {
    const home = await (await fetch(URL)).text();
    const [, stylesheet] = /href="(\/static\/[^"]+\.[0-9a-f]{12}\.css)"/.exec(home) ?? [];
    expect(stylesheet, home).to.be.a("string");
    const response = await fetch(URL + (stylesheet ?? ""));
    expect(response.status).to.equal(200);
    expect(response.headers.get("Cache-Control")).to.match(/immutable/);
  });

  it("loads nothing from elsewhere and makes no errors in the browser", async () => {
    const elsewhere: string[] = [];
    const errors: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(URL)) {
        elsewhere.push(request.url());
      }
    });
    page.on("console", (line) => {
      if (line.type() === "error") {
        errors.push(line.text());
      }
    });
    await page.goto(URL, { waitUntil: "networkidle" });
    expect(elsewhere).to.deep.equal([]);
    expect(errors).to.deep.equal([]);
  });

  it("says what it reaches, without a password", async () => {
    const response = await fetch(`${URL}/readyz`);
    expect(response.status).to.equal(200);
    const body = (await response.json()) as Record<string, unknown>;
    expect(JSON.stringify(body)).to.include("mysql-master").and.to.include("redis-slave");
    expect(JSON.stringify(body)).not.to.match(/password/i);
  });

  it("refuses a host name that it was not given", async () => {
    expect(await statusFor("evil.example")).to.equal(400);
  });
});

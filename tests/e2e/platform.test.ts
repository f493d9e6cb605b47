import { randomBytes, randomUUID } from "node:crypto";

import { expect } from "chai";
import { Browser, BrowserContext, chromium } from "playwright-core";

import { exec, mysql, pods, readyPods } from "./support/cluster";
import { isReady } from "../support/cluster";
import { eventually, succeed } from "../support/run";
import { NAMESPACE, URL } from "./support/stack";
import { filledIn } from "../support/visitors";
import { BROWSER, press } from "./support/browser";
import { missing } from "./support/entries";

interface Server {
  readonly role: string;
  readonly state: string;
  readonly problem: string;
  readonly behind: number | null;
}
interface Status {
  readonly state: string;
  readonly mysql: { readonly servers: readonly Server[] };
  readonly redis: { readonly servers: readonly Server[] };
  readonly cache: { readonly hits: number; readonly misses: number };
}

const status = async (): Promise<Status> => (await fetch(`${URL}/status.json`)).json() as Promise<Status>;
const roles = (servers: readonly Server[]) => servers.map(({ role, state }) => `${role} ${state}`);

/** Runs something while a part has no pods, and waits until all is well again. */
async function without(parts: readonly string[], run: () => Promise<void>): Promise<void> {
  const wanted = new Map<string, number>();
  for (const part of parts) {
    wanted.set(part, (await readyPods(part)).length);
  }
  const scale = async (part: string, replicas: number) => {
    await succeed("kubectl", ["-n", NAMESPACE, "scale", "rc", "-l", `name=${part}`, `--replicas=${replicas}`]);
    await eventually(120, async () => {
      // None that is still being ended: it answers on connections that it has.
      const left = await pods(part);
      expect(left, part).to.have.length(replicas);
      expect(left.every(isReady), `${part} is ready`).to.equal(true);
    });
  };
  try {
    await Promise.all(parts.map((part) => scale(part, 0)));
    await run();
  } finally {
    await Promise.all([...wanted].map(([part, replicas]) => scale(part, replicas)));
    await eventually(60, async () => {
      expect((await status()).state).to.equal("ok");
    });
  }
}

/** Answers of every kind of page, each within some seconds. */
async function answers(seconds: number): Promise<void> {
  for (const path of ["/", "/forms/guest-book/", "/status", "/status.json"]) {
    const response = await fetch(URL + path, { signal: AbortSignal.timeout(seconds * 1000) });
    expect(response.status, path).to.equal(200);
    await response.text();
  }
}

describe("the platform of the application", () => {
  let browser: Browser;
  let visitor: BrowserContext;
  const username = `staff-${Date.now()}`;
  const password = randomBytes(12).toString("base64");

  before(async () => {
    browser = await chromium.launch(BROWSER);
    visitor = await browser.newContext();
    const [pod] = await readyPods("dabacluster");
    if (pod === undefined) {
      throw new Error("no pod of the web is ready");
    }
    const create = ["python", "manage.py", "createsuperuser", "--no-input", "--email", "staff@example.org"];
    await exec(pod, ["env", `DJANGO_SUPERUSER_PASSWORD=${password}`, ...create, "--username", username]);
  });
  after(() => browser.close());

  it("sees each server of the stack, with its role", async () => {
    await eventually(30, async () => {
      const { state, mysql: database, redis } = await status();
      expect(roles(database.servers)).to.deep.equal(["master ok", "slave ok", "slave ok"]);
      expect(roles(redis.servers)).to.deep.equal(["master ok", "slave ok", "slave ok"]);
      expect(state).to.equal("ok");
    });
  });

  it("counts hits of the cache, on whichever pod", async () => {
    const { cache } = await status();
    await eventually(60, async () => {
      await answers(5);
      expect((await status()).cache.hits).to.be.greaterThan(cache.hits);
    });
  });

  it("tells staff, and nobody else, addresses and versions", async () => {
    const page = await visitor.newPage();
    await page.goto(`${URL}/status`);
    expect(await page.getByText("Version", { exact: true }).count()).to.equal(0);
    await page.goto(`${URL}/admin/login/?next=/status`);
    await page.getByLabel("Username").fill(username);
    await page.getByLabel("Password").fill(password);
    await press(page.getByRole("button", { name: "Log in" }));
    expect(page.url()).to.equal(`${URL}/status`);
    expect(await page.getByText("Version", { exact: true }).count()).to.equal(6);
    await page.close();
  });

  it("refreshes the status in place", async () => {
    const page = await visitor.newPage();
    await page.goto(`${URL}/status`);
    const time = page.locator("#status time");
    const first = await time.textContent();
    await eventually(15, async () => {
      expect(await time.textContent()).not.to.equal(first);
    });
    await page.close();
  });

  it("shows visitors their own entry at once, though the slaves do not have it", async () => {
    const slaves = await readyPods("mysql-slave");
    const onSlaves = (statement: string) => Promise.all(slaves.map((slave) => mysql(slave, statement)));
    const delay = (seconds: number) =>
      onSlaves(
        `STOP REPLICA SQL_THREAD; CHANGE REPLICATION SOURCE TO SOURCE_DELAY = ${seconds}; START REPLICA SQL_THREAD`,
      );
    const entries = () => onSlaves("SELECT COUNT(*) FROM form.forms_entry");
    const message = `lag ${Date.now()}`;
    const page = await visitor.newPage();
    await page.goto(`${URL}/forms/guest-book/new/`);
    await page.getByLabel("Name").fill("Ada");
    await page.getByLabel("Message").fill(message);
    const before = await entries();
    // Less than the lag at which the slaves would get no more reads.
    await delay(8);
    try {
      await press(page.getByRole("button", { name: "Save the entry" }));
      expect(await page.getByRole("cell", { name: message }).count()).to.equal(1);
      const behind = (await status()).mysql.servers.map((server) => server.behind ?? 0);
      expect(await entries(), "the slaves still lack it").to.deep.equal(before);
      expect(Math.max(...behind)).to.be.greaterThan(0);
    } finally {
      await delay(0);
    }
    await eventually(30, async () => {
      expect(await (await fetch(`${URL}/forms/guest-book/`)).text()).to.include(message);
    });
    await page.close();
  });

  it("keeps what people have typed who save as the master goes", async () => {
    const address = `${URL}/forms/guest-book/new/`;
    const form = await (await visitor.request.get(address)).text();
    const save = async (mark: string) => {
      const sent = { ...Object.fromEntries(filledIn(form, mark)), submission: randomUUID() };
      const answer = await visitor.request.post(address, { form: sent, maxRedirects: 0 });
      return { mark, status: answer.status(), body: await answer.text() };
    };
    const answers: ReturnType<typeof save>[] = [];
    const timer = setInterval(() => answers.push(save(`as it goes ${randomUUID()}`)), 25);
    try {
      await without(["mysql-master"], () => {
        clearInterval(timer);
        return Promise.resolve();
      });
    } finally {
      clearInterval(timer);
    }
    const seen = await Promise.all(answers);
    const saved = seen.filter(({ status }) => status === 302);
    const shown = seen.filter(({ status, mark, body }) => status === 503 && body.includes(mark));
    expect(shown.length, "told that it is not saved").to.be.greaterThan(0);
    expect(seen.filter((one) => !saved.includes(one) && !shown.includes(one))).to.deep.equal([]);
    expect(await missing(saved.map(({ mark }) => mark))).to.deep.equal([]);
    console.log(`      ${saved.length} were saved, ${shown.length} shown again`);
  });

  it("goes on reading without the master, keeps people signed in, and says that nothing can be saved", async () => {
    const page = await visitor.newPage();
    await page.goto(`${URL}/forms/guest-book/new/`);
    await page.getByLabel("Name").fill("Grace");
    await page.getByLabel("Message").fill("not lost");
    await without(["mysql-master"], async () => {
      await answers(6);
      const admin = await visitor.newPage();
      const response = await admin.goto(`${URL}/admin/`);
      expect(response?.status()).to.equal(200);
      expect(await admin.textContent("#user-tools")).to.include(username);
      await admin.close();

      await press(page.getByRole("button", { name: "Save the entry" }));
      expect(await page.getByRole("alert").first().textContent()).to.include("not saved");
      expect(await page.getByLabel("Message").inputValue()).to.equal("not lost");
      await page.goto(`${URL}/status`);
      expect(await page.textContent("#status-headline")).to.include("nothing can be saved");
    });
    await page.close();
  });

  it("reads from the master without slaves", async () => {
    await without(["mysql-slave"], async () => {
      await answers(8);
      expect(roles((await status()).mysql.servers)).to.include("master ok");
    });
  });

  it("works without Redis, and makes nobody wait for it", async () => {
    await without(["redis-master", "redis-slave"], async () => {
      await answers(8);
      const times: number[] = [];
      for (let count = 0; count < 20; count += 1) {
        const started = performance.now();
        await (await fetch(URL)).text();
        times.push(performance.now() - started);
      }
      expect(times.sort((a, b) => a - b)[10]).to.be.lessThan(400);
    });
  });
});

import { X509Certificate } from "node:crypto";
import { request } from "node:https";
import { TLSSocket } from "node:tls";

import { expect } from "chai";
import { Browser, chromium, Page } from "playwright-core";

import { BROWSER, press, Troubles, troublesOf } from "../e2e/support/browser";
import { KeyPair, selfSigned } from "../support/certificate";
import { IngressController, ingressController } from "../support/ingressController";
import { eventually } from "../support/run";
import { Changes } from "../support/stack";
import { encrypted, HOST, inside, namespace, prepare, up } from "./support/second";

/** Time for the controller to see what changed, in seconds; it looks every three. */
const SEEN_SECONDS = 30;
const url = `https://${HOST}`;
const PAGE = "/forms/guest-book/";

const fingerprint = ({ certificate }: KeyPair): string => new X509Certificate(certificate).fingerprint256;

describe("a stack behind an ingress controller", () => {
  let controller: IngressController;
  let first: KeyPair;
  let browser: Browser;
  let page: Page;
  let troubles: Troubles;

  const settings = async ({ certificate, key }: KeyPair): Promise<Changes> => ({
    ingress: { certificate },
    ingressKey: await encrypted(key),
  });

  /** The fingerprint of the certificate that a client gets; fails unless the one that the client trusts verifies it. */
  const offered = (trusted: KeyPair): Promise<string> =>
    new Promise((resolve, reject) => {
      const asked = request(
        {
          ...{ host: controller.address, servername: HOST, path: PAGE, agent: false },
          ...{ ca: trusted.certificate, headers: { Host: HOST }, signal: AbortSignal.timeout(10_000) },
        },
        (response) => {
          response.resume();
          if (response.statusCode === 200 && response.socket instanceof TLSSocket) {
            resolve(response.socket.getPeerCertificate().fingerprint256);
          } else {
            reject(new Error(`HTTP ${response.statusCode}`));
          }
        },
      );
      asked.on("error", reject);
      asked.end();
    });

  const webPods = async () => (await inside.readyPods("dabacluster")).map(({ metadata }) => metadata.uid).sort();

  before(async () => {
    const skipper = process.env["SKIPPER"];
    if (skipper === undefined) {
      throw new Error("SKIPPER is not set: the tests run by `make test-stacks`");
    }
    await prepare();
    first = await selfSigned(HOST);
    await up(await settings(first));
    controller = await ingressController(skipper, namespace);
    browser = await chromium.launch({
      ...BROWSER,
      args: [...BROWSER.args, `--host-resolver-rules=MAP ${HOST} ${controller.address}`],
    });
    // Whether certificates are right is seen without the browser.
    const session = await browser.newContext({ ignoreHTTPSErrors: true });
    troubles = troublesOf(session, url);
    page = await session.newPage();
  });

  after(async () => {
    await browser.close();
    await controller.close();
    await up();
  });

  it("is served with the certificate of the settings", async () => {
    expect(await eventually(SEEN_SECONDS, () => offered(first))).to.equal(fingerprint(first));
  });

  it("sends those on who come by HTTP", async () => {
    const answer = await fetch(`http://${controller.address}${PAGE}`, { redirect: "manual" });
    expect(answer.status).to.be.oneOf([301, 308]);
    expect(answer.headers.get("location")).to.match(/^https:/);
  });

  it("takes an entry in a browser, as the form is protected against other sites", async () => {
    const message = `by HTTPS ${Date.now()}`;
    await page.goto(`${url}${PAGE}new/`);
    await page.getByLabel("Name").fill("Ada");
    await page.getByLabel("Message").fill(message);
    await press(page.getByRole("button", { name: "Save the entry" }));
    expect(await page.getByRole("status").textContent()).to.match(/saved/);
    expect(await page.getByRole("cell", { name: message }).count()).to.equal(1);
    expect(page.url()).to.match(new RegExp(`^${url}`));
    const cookies = await page.context().cookies();
    expect(cookies).not.to.have.length(0);
    expect(cookies.filter(({ secure }) => !secure)).to.deep.equal([]);
    expect(troubles).to.deep.equal({ elsewhere: [], errors: [] });
  });

  it("has another certificate and key after `pulumi up`, without a restart, and the former one is no longer offered", async () => {
    const before = await webPods();
    const second = await selfSigned(HOST);
    await up(await settings(second));
    expect(await eventually(SEEN_SECONDS, () => offered(second))).to.equal(fingerprint(second));
    expect(await webPods()).to.deep.equal(before);
  });
});

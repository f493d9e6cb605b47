import { BrowserContext, Locator } from "playwright-core";

/** Debian's browser; the other switches keep it from looking for hosts outside. */
export const BROWSER = {
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update"],
};

/** Presses what leads to another page, and waits for that page. */
export async function press(target: Locator): Promise<void> {
  await Promise.all([target.page().waitForEvent("load"), target.click()]);
}

/** A page that is refused, such as one with a wrong answer, is an error to Chromium, too. */
const REFUSED = /status of 4\d\d/;

/** What goes wrong in a browser without a person noticing. */
export interface Troubles {
  /** Addresses on other hosts that were asked for. */
  readonly elsewhere: string[];
  /** Of scripts, of missing files, and what the Content-Security-Policy stopped. */
  readonly errors: string[];
}

/** Notes the troubles of all pages of a session, as long as it lasts. */
export function troublesOf(session: BrowserContext, url: string): Troubles {
  const elsewhere: string[] = [];
  const errors: string[] = [];
  session.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("data:")) {
      elsewhere.push(request.url());
    }
  });
  session.on("response", (response) => {
    if (response.status() >= 400 && !response.request().isNavigationRequest()) {
      errors.push(`${response.status()} ${response.url()}`);
    }
  });
  session.on("console", (line) => {
    if (line.type() === "error" && !REFUSED.test(line.text())) {
      errors.push(line.text());
    }
  });
  session.on("weberror", (error) => errors.push(error.error().message));
  return { elsewhere, errors };
}

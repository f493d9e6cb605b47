import axe from "axe-core";
import { Page } from "playwright-core";

/** What keeps people out of a page: axe's serious and critical findings, and headings that mislead. */
export async function barriers(page: Page): Promise<string[]> {
  // Not as a script of the page, which the Content-Security-Policy would stop.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  const found = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
  const headings = await page.locator("h1").count();
  return headings === 1 ? found : [...found, `${headings} headings h1`];
}

/** Presses the tabulator key until an element has the focus; false when the page's end comes first. */
export async function tabTo(page: Page, selector: string): Promise<boolean> {
  const target = page.locator(selector);
  for (let presses = 0; presses < 100; presses++) {
    await page.keyboard.press("Tab");
    if (await target.evaluate((element) => element === document.activeElement)) {
      return true;
    }
  }
  return false;
}

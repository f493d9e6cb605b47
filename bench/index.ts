/** npm run bench: pages of a running stack, and of the seed's own way of running, side by side. */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";

import { main } from "../command/main";
import { pulumi } from "../command/project";
import { stackTarget } from "../command/target";
import { Visitor } from "../tests/support/visitor";
import { figuresOf, Measurement } from "./figures";
import { isPage, load } from "./load";
import { HELP, onThisMachine, Options, parseOptions, USAGE } from "./options";
import { ENTRIES, PageName, PAGES, Place, TITLE } from "./place";
import { table } from "./report";

const WAYS = ["seed", "stack"] as const;
type Way = (typeof WAYS)[number];
const PAGE_NAMES = Object.keys(PAGES) as PageName[];

const WARM_UP_SECONDS = 3;
/** New visitors in a row that must see each page before anything is measured: each pod and each slave has the form. */
const VISITORS = 20;
const VISIBLE_SECONDS = 60;

const say = (text: string): void => {
  console.error(text);
};

/** Waits until everybody sees a page. */
async function visible(url: URL, page: string, signal: AbortSignal): Promise<void> {
  const end = Date.now() + VISIBLE_SECONDS * 1000;
  for (let seen = 0; seen < VISITORS;) {
    signal.throwIfAborted();
    const visitor = new Visitor(url.href, false);
    const answer = await visitor.ask(page).catch((error: unknown) => ({ status: 0, body: String(error) }));
    visitor.leave();
    seen = isPage(answer, TITLE) ? seen + 1 : 0;
    if (seen === 0 && Date.now() > end) {
      throw new Error(`${url.origin}${page} does not show the form: HTTP ${answer.status}. Next: make status`);
    }
  }
}

type Measurements = Record<Way, Record<PageName, Measurement[]>>;

/** Measures each page of both, in rounds in which they take turns in going first. */
async function measure(urls: Record<Way, URL>, options: Options, signal: AbortSignal): Promise<Measurements> {
  const none = () => Object.fromEntries(PAGE_NAMES.map((page) => [page, []])) as unknown as Measurements[Way];
  const measurements: Measurements = { seed: none(), stack: none() };
  for (let round = 1; round <= options.rounds; round++) {
    for (const page of PAGE_NAMES) {
      for (const way of round % 2 === 1 ? WAYS : WAYS.toReversed()) {
        const measured = await load(urls[way], PAGES[page], TITLE, { ...options, warmUp: WARM_UP_SECONDS, signal });
        measurements[way][page].push(measured);
        const { p50, requests, errors } = figuresOf([measured]);
        say(
          `round ${round} of ${options.rounds}, ${page}, ${way}: ${requests} requests, ${errors} errors, p50 ${p50?.toFixed(0) ?? "-"} ms`,
        );
      }
    }
  }
  return measurements;
}

/** Removes what a run has made, or an earlier one has left; one that fails does not keep the other. */
async function clean(place: Place): Promise<void> {
  const removals = [place.removeSeed(), place.webPods().then(([pod]) => place.removeForm(pod))];
  const failures = (await Promise.allSettled(removals)).filter((result) => result.status === "rejected");
  if (failures.length > 0) {
    const reasons = failures.map(({ reason }) => (reason as Error).message).join("; ");
    throw new Error(`not everything could be removed: ${reasons}. Next: run it again, it begins with removing`);
  }
}

/** The report. */
async function bench(options: Options, signal: AbortSignal): Promise<string> {
  const { stack, users, seconds, rounds } = options;
  const url = onThisMachine((await pulumi(["stack", "output", "url", "--stack", stack])).trim());
  const place = new Place(await stackTarget(stack));
  const pods = await place.webPods();
  await clean(place);
  try {
    say(`makes a form with ${ENTRIES} entries`);
    await place.makeForm(pods[0]);
    signal.throwIfAborted();
    say("deploys the seed's way of running beside the stack");
    const seed = new URL(url);
    seed.port = String(await place.deploySeed(pods[0]));
    for (const page of Object.values(PAGES)) {
      await visible(url, page, signal);
      await visible(seed, page, signal);
    }
    const measured = await measure({ seed, stack: url }, options, signal);
    const figures = PAGE_NAMES.map((page) => ({
      page,
      seed: figuresOf(measured.seed[page]),
      stack: figuresOf(measured.stack[page]),
    }));
    return [
      `${users} users at the same time, ${rounds} rounds of ${seconds} s for each page and way, ${cpus().length} cores for servers and users together.`,
      `Seed: 3 pods of nginx and one uWSGI process with its HTTP router, no cache, no slaves. Stack: ${pods.length} pods.`,
      "",
      table(figures),
    ].join("\n");
  } finally {
    say("removes the form and the seed's way of running");
    await clean(place);
  }
}

/** Runs it, and keeps the report where RESULTS says; a signal ends it in order. */
async function run(options: Options): Promise<number> {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      interrupted.abort(new Error(`${signal}: not measured`));
    });
  }
  const report = await bench(options, interrupted.signal);
  console.log(`\n${report}`);
  if (process.env["RESULTS"] !== undefined) {
    writeFileSync(process.env["RESULTS"], `${report}\n`);
  }
  return 0;
}

main({ usage: USAGE, help: HELP, parse: parseOptions, run, codes: { refused: 1, failed: 1 } });

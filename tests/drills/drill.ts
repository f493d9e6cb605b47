import { expect } from "chai";

import { eventually } from "../support/run";
import { Load, Promised } from "./load/load";
import { Result } from "./results";

export interface Loads {
  readonly mysql: Load;
  readonly redis: Load;
}

/** What a fault works with. */
export interface Scene extends Loads {
  /** Says what the drill waits for. */
  readonly say: (text: string) => void;
  /** Adds a figure to the drill's line in the table. */
  readonly note: (text: string) => void;
}

export interface Drill {
  readonly name: string;
  /** Which databases are written to and read from meanwhile, and judged afterwards. */
  readonly load: readonly (keyof Loads)[];
  /** Breaks something, and checks what must be seen while it is broken or mending. */
  readonly fault: (scene: Scene) => Promise<void>;
  /** Which writes to Redis must be there afterwards. @default acknowledged */
  readonly promised?: Promised;
  /** Whether reads may fail because no slave is up for a while. @default false */
  readonly noSlaves?: boolean;
}

/** Bounds, in seconds, for what has no bar of its own. */
const STEADY_SECONDS = 120;
const WHOLE_SECONDS = 240;
/** Time over which a pace is measured, in milliseconds. */
const PACE_MS = 3000;

export const say = (text: string): void => {
  console.log(`      ${new Date().toISOString().slice(11, 19)} ${text}`);
};

const now = (load: Load): number => load.writer.trace.perSecond(Date.now() - PACE_MS, Date.now());

/** Waits until a load has its pace, for as long as it is measured over. */
const steady = (load: Load): Promise<void> =>
  eventually(STEADY_SECONDS, () => {
    expect(now(load), `${load.name}: acknowledged writes a second`).to.be.at.least(load.leastPerSecond);
    return Promise.resolve();
  });

/** Waits until writes are acknowledged again, and all servers are whole. */
export const mended = (load: Load, seconds = WHOLE_SECONDS): Promise<void> =>
  eventually(seconds, async () => {
    expect(load.writer.trace.total(Date.now() - 1000, Date.now()), `${load.name}: writes`).to.be.greaterThan(0);
    await load.whole();
  });

const loadsOf = (drill: Drill, loads: Loads): Load[] => drill.load.map((name) => loads[name]);

/** Waits until the servers that a drill is about are whole, whatever was before. */
export async function ready(drill: Drill, loads: Loads): Promise<void> {
  say("waits until all servers are whole");
  await Promise.all(loadsOf(drill, loads).map((load) => eventually(WHOLE_SECONDS, () => load.whole())));
}

/** Runs a drill to its end, whatever it shows; the caller judges the results. */
export async function run(
  drill: Drill,
  loads: Loads,
): Promise<{ readonly results: Result[]; readonly problems: string[] }> {
  const used = loadsOf(drill, loads);
  const notes: string[] = [];
  const problems: string[] = [];
  await Promise.all(used.map((load) => load.prepare()));
  const begin = Date.now();
  used.forEach(({ writer, reader }) => {
    writer.start();
    reader.start();
  });
  let end = begin;
  const wholeAfter = new Map<Load, number>();
  try {
    await Promise.all(used.map((load) => steady(load)));
    say(`under load: ${used.map((load) => `${load.name} ${now(load).toFixed(0)}/s`).join(", ")}; now the fault`);
    const fault = Date.now();
    await drill.fault({ ...loads, say, note: (text) => notes.push(text) });
    say("the fault is over; waits until all servers are whole");
    await Promise.all(
      used.map(async (load) => {
        await mended(load);
        wholeAfter.set(load, (Date.now() - fault) / 1000);
      }),
    );
  } finally {
    end = Date.now();
    await Promise.all(used.flatMap(({ writer, reader }) => [writer.stop(), reader.stop()]));
    for (const { name, writer, reader } of used) {
      for (const [who, { troubles }] of Object.entries({ writer, reader })) {
        troubles.take().forEach((line) => {
          say(`${name} ${who}: ${line}`);
        });
      }
    }
  }
  say("judges");
  const results: Result[] = [];
  for (const load of used) {
    await eventually(WHOLE_SECONDS, () => load.whole());
    const verdict = await load.judge(drill.promised ?? "acknowledged");
    problems.push(...verdict.problems);
    const { writer, reader } = load;
    if (reader.failed > 0 && !drill.noSlaves) {
      problems.push(`${load.name}: ${reader.failed} reads failed while a slave was up`);
    }
    results.push({
      drill: drill.name,
      database: load.name,
      writes: writer.trace.total(begin, end),
      lost: verdict.lost.size,
      gap: writer.trace.longestGap(begin, end),
      reads: reader.done,
      retried: reader.retried,
      failed: reader.failed,
      whole: wholeAfter.get(load) ?? Number.NaN,
      note: notes.join("; "),
    });
  }
  return { results, problems };
}

import { randomUUID } from "node:crypto";

import { Answer, Visitor } from "./visitor";

/** Pause of a visitor after each answer, in milliseconds, unless told otherwise: people read what they asked for. */
const PAUSE_MS = 2000;
/** Pause of those who do not read: fifty of them would ask about 160 times a second. */
export const RESTLESS_MS = 300;
/** The load stops by itself after this time, in milliseconds, whatever becomes of the test. */
const LIMIT_MS = 240_000;
/** Every how many visitors one writes. */
const WRITERS = 10;
const PAGE = "/forms/guest-book/";
/** Failures that are kept in words; all are counted. */
const KEPT = 10;

/** What a crowd of visitors saw. */
export interface Seen {
  /** Pages that were read. */
  pages: number;
  /** Marks of the entries that were acknowledged. */
  readonly written: string[];
  /** Requests that got no answer, or another one than a page. */
  failed: number;
  /** The first of the failures, in words. */
  readonly failures: string[];
  /** Pods that answered. */
  readonly pods: Set<string>;
  /** How long each answer took, in milliseconds. */
  readonly waits: number[];
}

/** The hidden fields of a page's form, and the answers. */
export const filledIn = (page: string, mark: string): URLSearchParams => {
  const hidden = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  return new URLSearchParams([
    ...hidden.map(([, name, value]): [string, string] => [name ?? "", value ?? ""]),
    ["field-1", "A visitor"],
    ["field-2", mark],
  ]);
};

/** People who visit the site until they are told to leave. */
export interface Visit {
  /** What they have seen by now. */
  readonly seen: Seen;
  /** Ends the visit; all answers that were waited for are in `seen` then. */
  readonly leave: () => Promise<void>;
}

/**
 * People who read pages, and some who write entries, all the time.
 * @param count how many of them; every second one keeps its connection, every tenth one writes
 * @param pauseMs pause of each after an answer, in milliseconds
 */
export function visit(url: string, count: number, pauseMs = PAUSE_MS): Visit {
  const seen: Seen = { pages: 0, written: [], failed: 0, failures: [], pods: new Set(), waits: [] };
  const end = Date.now() + LIMIT_MS;
  let going = true;

  const expectStatus = async (status: number, asked: Promise<Answer>): Promise<Answer> => {
    const start = Date.now();
    const answer = await asked;
    seen.waits.push(Date.now() - start);
    seen.pods.add(String(answer.headers["x-served-by"]));
    if (answer.status !== status) {
      const text = answer.body.replace(/<style.*?<\/style>|<[^>]*>|\s+/gs, " ").trim();
      throw new Error(`HTTP ${answer.status}, not ${status}: ${text.slice(0, 200)}`);
    }
    return answer;
  };
  const read = async (visitor: Visitor) => {
    await expectStatus(200, visitor.ask(PAGE));
    seen.pages++;
  };
  const write = async (visitor: Visitor) => {
    const { body } = await expectStatus(200, visitor.ask(`${PAGE}new/`));
    const mark = randomUUID();
    await expectStatus(302, visitor.ask(`${PAGE}new/`, filledIn(body, mark)));
    seen.written.push(mark);
  };
  const stay = async (number: number) => {
    const visitor = new Visitor(url, number % 2 === 0);
    const act = number % WRITERS === 0 ? write : read;
    while (going && Date.now() < end) {
      try {
        await act(visitor);
      } catch (error) {
        seen.failed++;
        if (seen.failures.length < KEPT) {
          const { code, message } = error as NodeJS.ErrnoException;
          seen.failures.push(`${new Date().toISOString()} visitor ${number}: ${code ?? ""} ${message}`);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    visitor.leave();
  };

  const visits = Array.from({ length: count }, (_, number) => stay(number));
  return {
    seen,
    leave: async () => {
      going = false;
      await Promise.all(visits);
    },
  };
}

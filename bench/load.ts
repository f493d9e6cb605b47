/** People who read one page, each as soon as the last answer has come. */
import { Visitor } from "../tests/support/visitor";
import { Measurement } from "./figures";

/** Requests of one measurement, however quick the answers are. */
const MOST_REQUESTS = 100_000;
/** After a failure, milliseconds until the next request. */
const RETRY_MS = 100;

export interface LoadArgs {
  readonly users: number;
  /** Seconds that are not counted: connections are opened, and what is cached gets there. */
  readonly warmUp: number;
  /** Seconds that are counted. */
  readonly seconds: number;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/** Whether an answer is the page that was asked for. */
export const isPage = ({ status, body }: { status: number; body: string }, text: string): boolean =>
  status === 200 && body.includes(text);

/**
 * Measures one page. Each of the users has a connection that is kept, and cookies.
 * @param text what the page must have in it
 */
export async function load(url: URL, path: string, text: string, args: LoadArgs): Promise<Measurement> {
  const { users, warmUp, seconds, signal } = args;
  const visitors = Array.from({ length: users }, () => new Visitor(url.href, true));
  const leave = () => {
    visitors.forEach((visitor) => {
      visitor.leave();
    });
  };
  const waits: number[] = [];
  const start = performance.now() + warmUp * 1000;
  const end = start + seconds * 1000;
  let [asked, errors, last] = [0, 0, end];

  const read = async (visitor: Visitor) => {
    for (let now = performance.now(); now < end; now = performance.now()) {
      if (signal.aborted || ++asked > MOST_REQUESTS) {
        return;
      }
      const answered = await visitor.ask(path).then(
        (answer) => isPage(answer, text),
        () => false,
      );
      const then = performance.now();
      last = Math.max(last, then);
      if (now >= start) {
        if (answered) {
          waits.push(then - now);
        } else {
          errors++;
        }
      }
      if (!answered) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  };

  signal.addEventListener("abort", leave);
  try {
    await Promise.all(visitors.map(read));
  } finally {
    signal.removeEventListener("abort", leave);
    leave();
  }
  signal.throwIfAborted();
  return { waits, errors, seconds: (last - start) / 1000 };
}

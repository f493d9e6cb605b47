import { pause, Troubles, within } from "./limits";

/** Each costs a login by TLS on both sides: more would take the processors that the writes need. */
const PER_SECOND = 10;
/** As long as a page may wait for its data. */
const PATIENCE_MS = 5000;
/** One attempt: a server that takes longer is as good as away. */
const ATTEMPT_MS = 1500;
/**
 * Least time between the beginnings of two attempts. What took longer is tried again at once: a read that meets a server
 * that is away again and again needs many attempts.
 */
const RETRY_MS = 200;

/** Reads at a steady pace, each time over a new connection; a read that fails is tried again for some seconds. */
export class Reader {
  readonly troubles = new Troubles();
  /** Reads that succeeded, at the first attempt or later. */
  done = 0;
  /** Reads whose first attempt failed. */
  retried = 0;
  /** Reads of which no attempt succeeded. */
  failed = 0;
  private reads: Promise<void>[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** @param attempt one read over a new connection; throws when the answer is not what was written */
  constructor(private readonly attempt: () => Promise<void>) {}

  start(): void {
    this.done = this.retried = this.failed = 0;
    this.reads = [];
    this.timer = setInterval(() => this.reads.push(this.read()), 1000 / PER_SECOND);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.reads);
  }

  private async read(): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    for (let attempts = 1; ; attempts++) {
      const begin = Date.now();
      try {
        await within(ATTEMPT_MS, this.attempt());
        this.done++;
        return;
      } catch (error) {
        this.troubles.add(error);
        this.retried += attempts === 1 ? 1 : 0;
        if (Date.now() > end) {
          this.failed++;
          return;
        }
        await pause(begin + RETRY_MS - Date.now());
      }
    }
  }
}

import { pause, Troubles } from "./limits";
import { Trace } from "./trace";

/** What ends a writer that nobody stopped. */
const MOST_SECONDS = 420;

/** After a failure, the time until the next attempt. */
const RETRY_MS = 100;
/**
 * How long an attempt may take: the first after a success is given up early, so that a dead connection costs little;
 * later ones have time for a master that waits for its slaves.
 */
const PATIENCE_MS = { first: 3000, most: 12_000 };

/** One connection that writes: each call is one attempt, which says how many writes it got acknowledged. */
export interface WritingConnection {
  write(patience: number): Promise<number>;
  close(): void;
}

export interface WriterArgs {
  readonly connections: number;
  /** Attempts per second over all connections. */
  readonly rate: number;
  readonly open: () => Promise<WritingConnection>;
}

/** Writes at a steady pace until it is stopped; a connection that fails is replaced for ever. */
export class Writer {
  readonly trace = new Trace();
  readonly troubles = new Troubles();
  private workers: Promise<void>[] = [];
  private end = 0;

  constructor(private readonly args: WriterArgs) {}

  start(): void {
    this.end = Date.now() + MOST_SECONDS * 1000;
    this.workers = Array.from({ length: this.args.connections }, () => this.work());
  }

  /** Waits for the writes that are under way. */
  async stop(): Promise<void> {
    const overdue = Date.now() > this.end;
    this.end = 0;
    await Promise.all(this.workers);
    if (overdue) {
      throw new Error(`the drill took more than the ${MOST_SECONDS} s that a writer runs`);
    }
  }

  private async work(): Promise<void> {
    const { connections, rate, open } = this.args;
    const period = (connections / rate) * 1000;
    let connection: WritingConnection | undefined;
    let patience = PATIENCE_MS.first;
    let due = Date.now();
    while (Date.now() < this.end) {
      try {
        connection ??= await open();
        this.trace.add(await connection.write(patience));
        patience = PATIENCE_MS.first;
        due = Math.max(due + period, Date.now());
      } catch (error) {
        this.troubles.add(error);
        connection?.close();
        connection = undefined;
        patience = Math.min(patience * 2, PATIENCE_MS.most);
        due = Date.now() + RETRY_MS;
      }
      await pause(due - Date.now());
    }
    connection?.close();
  }
}

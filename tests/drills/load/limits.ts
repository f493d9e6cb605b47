import { connect, Socket } from "node:net";

/** On one node, an address that does not answer at once does not answer. */
const CONNECT_MS = 300;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(ms, 0)));

/** The outcome of a promise, or an error when it takes longer. What then becomes of it, nobody asks. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => undefined);
  }
}

/** A TCP connection that stands. */
export async function connectTcp(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  const connected = new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve).once("error", reject);
  });
  try {
    await within(CONNECT_MS, connected);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Counts what went wrong, for the one who looks at a failed drill. */
export class Troubles {
  private readonly counts = new Map<string, number>();

  add(error: unknown): void {
    const message = error instanceof Error ? error.message.slice(0, 160) : String(error);
    this.counts.set(message, (this.counts.get(message) ?? 0) + 1);
  }

  /** The most frequent ones, one a line; none are kept. */
  take(): string[] {
    const lines = [...this.counts].sort(([, a], [, b]) => b - a).map(([message, count]) => `${count} × ${message}`);
    this.counts.clear();
    return lines.slice(0, 5);
  }
}

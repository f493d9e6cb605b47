import { connect, Socket } from "node:net";

/** A connection without any manners, and what came back on it. */
export class RawClient {
  private readonly socket: Socket;
  private text = "";
  private open = true;
  private watchers: (() => void)[] = [];

  constructor(port: number) {
    this.socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    this.socket.setEncoding("latin1").on("data", (more: string) => {
      // Whoever holds ten thousand of these needs the beginnings only.
      this.text = (this.text + more).slice(0, 100_000);
      this.changed();
    });
    this.socket.on("end", () => this.socket.destroy());
    // A reset is an end like another.
    this.socket.on("error", () => undefined);
    this.socket.on("close", () => {
      this.open = false;
      this.changed();
    });
  }

  private changed(): void {
    for (const look of this.watchers.splice(0)) {
      look();
    }
  }

  get isOpen(): boolean {
    return this.open;
  }

  /** Statuses of the answers that have come. */
  get statuses(): number[] {
    return [...this.text.matchAll(/^HTTP\/1\.[01] (\d{3}) /gm)].map(([, status]) => Number(status));
  }

  /** Sends bytes, one a character. */
  send(bytes: string): this {
    this.socket.write(bytes, "latin1");
    return this;
  }

  /** Takes nothing more of what is sent to it. */
  stopReading(): this {
    this.socket.pause();
    return this;
  }

  /** Has nothing more to say. */
  finish(): void {
    this.socket.end();
  }

  /** Waits until something holds, or the connection has ended, for at most so many milliseconds; whether it was in time. */
  async until(holds: () => boolean, milliseconds: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => {
        resolve(false);
      }, milliseconds);
    });
    const due = async (): Promise<boolean> => {
      while (this.open && !holds()) {
        await new Promise<void>((resolve) => this.watchers.push(resolve));
      }
      return true;
    };
    return Promise.race([due(), late]).finally(() => {
      clearTimeout(timer);
    });
  }

  answered = (milliseconds: number): Promise<boolean> => this.until(() => this.statuses.length > 0, milliseconds);
  ended = (milliseconds: number): Promise<boolean> => this.until(() => false, milliseconds);

  leave(): void {
    this.socket.destroy();
  }
}

/** Does something so many times, a few at a time. */
export async function inTurns(times: number, atOnce: number, act: (turn: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < times) {
        await act(next++);
      }
    }),
  );
}

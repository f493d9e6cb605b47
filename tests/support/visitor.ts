import { Agent, IncomingHttpHeaders, request } from "node:http";

/** Longest time, in milliseconds, that a visitor waits for an answer. */
const PATIENCE_MS = 30_000;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One visitor: cookies as a browser keeps them, one connection that is kept or one for each request. No retries. */
export class Visitor {
  private readonly cookies = new Map<string, string>();
  private readonly agent: Agent;

  constructor(
    private readonly url: string,
    keepsConnection: boolean,
  ) {
    this.agent = new Agent({ keepAlive: keepsConnection, maxSockets: 1 });
  }

  ask(path: string, form?: URLSearchParams): Promise<Answer> {
    const body = form?.toString();
    return new Promise((resolve, reject) => {
      const asked = request(
        new URL(path, this.url),
        {
          agent: this.agent,
          method: body === undefined ? "GET" : "POST",
          headers: {
            Cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
            ...(body === undefined
              ? {}
              : { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": body.length }),
          },
          signal: AbortSignal.timeout(PATIENCE_MS),
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (part: string) => (text += part));
          response.on("error", reject);
          response.on("end", () => {
            for (const cookie of response.headers["set-cookie"] ?? []) {
              const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
              this.cookies.set(name ?? "", value ?? "");
            }
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
          });
        },
      );
      asked.on("error", reject);
      asked.end(body);
    });
  }

  leave(): void {
    this.agent.destroy();
  }
}

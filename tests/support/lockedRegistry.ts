import { createServer, IncomingMessage, request, ServerResponse } from "node:http";
import { AddressInfo } from "node:net";

export interface LockedRegistry {
  /** Host and port. */
  readonly address: string;
  /** The first word of the user agent of each client that has logged in, e.g. containerd. */
  readonly clients: ReadonlySet<string>;
  /** From now on it lets in who has this password, and nobody who has another. */
  readonly changePassword: (password: string) => void;
  /** Ends it, with all its connections. */
  readonly close: () => void;
}

/** Lets those who log in through to a registry that asks nobody; the others get what a registry says to them. */
export async function lockedRegistry(upstream: string, username: string, password: string): Promise<LockedRegistry> {
  const basic = (word: string): string => `Basic ${Buffer.from(`${username}:${word}`).toString("base64")}`;
  let expected = basic(password);
  const [hostname, port] = upstream.split(":");
  const clients = new Set<string>();

  const answer = (asked: IncomingMessage, response: ServerResponse) => {
    if (asked.headers.authorization !== expected) {
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="test"', "Content-Type": "application/json" });
      response.end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
      return;
    }
    clients.add((asked.headers["user-agent"] ?? "").split(/[/ ]/)[0] ?? "");
    const headers = { ...asked.headers };
    delete headers.authorization;
    const onward = request({ hostname, port, method: asked.method, path: asked.url, headers }, (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(response);
    });
    onward.on("error", () => response.destroy());
    asked.pipe(onward);
  };

  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    clients,
    changePassword: (word) => {
      expected = basic(word);
      clients.clear();
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

import { spawn } from "node:child_process";
import { once } from "node:events";

import { eventually } from "./run";

export interface ObjectStorage {
  /** Where it answers. */
  readonly endpoint: string;
  /** Names of what is in its bucket. */
  readonly keys: () => Promise<string[]>;
  /** One of these. */
  readonly read: (key: string) => Promise<Buffer>;
  /** Ends it; what was in it is gone. */
  readonly close: () => Promise<void>;
}

/** Storage with the protocol of S3, in memory, at an address of this machine, with one bucket. It lets everybody in. */
export async function objectStorage(
  server: string,
  address: string,
  port: number,
  bucket: string,
): Promise<ObjectStorage> {
  const running = spawn(server, ["-H", address, "-p", String(port)], { stdio: "ignore" });
  const ended = once(running, "exit");
  const endpoint = `http://${address}:${port}`;
  const get = async (path: string) => {
    const answer = await fetch(`${endpoint}/${path}`, {
      // It asks who it is, and takes any key.
      headers: { Authorization: "AWS test:test" },
      signal: AbortSignal.timeout(10_000),
    });
    if (!answer.ok) {
      throw new Error(`${path}: ${answer.status}`);
    }
    return answer;
  };
  const close = async () => {
    // It waits for open connections otherwise.
    running.kill("SIGKILL");
    await ended;
  };
  await eventually(60, async () => {
    if (running.exitCode !== null) {
      throw new Error(`${server} ended with ${running.exitCode}`);
    }
    await get("moto-api/data.json");
  });
  await fetch(`${endpoint}/${bucket}`, { method: "PUT" });
  return {
    endpoint,
    keys: async () =>
      [...(await (await get(`${bucket}?list-type=2`)).text()).matchAll(/<Key>([^<]+)<\/Key>/g)].map(
        ([, key]) => key ?? "",
      ),
    read: async (key) => Buffer.from(await (await get(`${bucket}/${key}`)).arrayBuffer()),
    close,
  };
}

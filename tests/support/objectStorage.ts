import { spawn } from "node:child_process";
import { once } from "node:events";

import { eventually } from "./run";

export interface ObjectStorage {
  /** Where it answers. */
  readonly endpoint: string;
  /** Names of what is in a bucket. */
  readonly keys: (bucket: string) => Promise<string[]>;
  /** One of these. */
  readonly read: (bucket: string, key: string) => Promise<Buffer>;
  /** Ends it; what was in it is gone. */
  readonly close: () => Promise<void>;
}

/** Storage with the protocol of S3, in memory, at an address of this machine. Whoever asks without signing is let in too. */
export async function objectStorage(server: string, address: string, port: number): Promise<ObjectStorage> {
  const running = spawn(server, ["-H", address, "-p", String(port)], { stdio: "ignore" });
  const ended = once(running, "exit");
  const endpoint = `http://${address}:${port}`;
  const get = async (path: string) => {
    const answer = await fetch(`${endpoint}/${path}`, { signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) {
      throw new Error(`${path}: ${answer.status}`);
    }
    return answer;
  };
  const close = async () => {
    running.kill();
    await ended;
  };
  await eventually(60, async () => {
    if (running.exitCode !== null) {
      throw new Error(`${server} ended with ${running.exitCode}`);
    }
    await get("moto-api/data.json");
  });
  return {
    endpoint,
    keys: async (bucket) =>
      [...(await (await get(`${bucket}?list-type=2`)).text()).matchAll(/<Key>([^<]+)<\/Key>/g)].map(
        ([, key]) => key ?? "",
      ),
    read: async (bucket, key) => Buffer.from(await (await get(`${bucket}/${key}`)).arrayBuffer()),
    close,
  };
}

import Redis from "ioredis";

import { connectTcp } from "./limits";

const PORT = 6379;
/** The server has a part in TLS, and may be busy. */
const TLS_MS = 1000;
const COMMAND_MS = 3000;

/** A connection that never mends itself: who uses it must know when it broke. */
export async function openRedis(host: string, password: string): Promise<Redis> {
  const socket = await connectTcp(host, PORT);
  const connection = new Redis({
    host,
    port: PORT,
    password,
    // Of the load's own servers; tests/e2e/tls.test.ts is where certificates are judged.
    tls: { socket, rejectUnauthorized: false },
    lazyConnect: true,
    connectTimeout: TLS_MS,
    commandTimeout: COMMAND_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    enableReadyCheck: false,
    enableOfflineQueue: false,
  });
  connection.on("error", () => undefined);
  try {
    await connection.connect();
    return connection;
  } catch (error) {
    connection.disconnect();
    throw error;
  }
}

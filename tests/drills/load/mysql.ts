import { createConnection } from "mysql2";
import { Connection, RowDataPacket } from "mysql2/promise";

import { connectTcp, within } from "./limits";

const PORT = 3306;
const USER = "dabaweb";
const DATABASE = "form";
/** Time for logging in, which a busy server needs. */
const LOGIN_MS = 3000;

/** A connection of the application's account, to a Service or to one pod. */
export async function openMysql(host: string, password: string): Promise<Connection> {
  const stream = await connectTcp(host, PORT);
  try {
    // Of the load's own servers; tests/e2e/tls.test.ts is where certificates are judged.
    const ssl = { rejectUnauthorized: false };
    const connection = createConnection({ stream, user: USER, password, database: DATABASE, ssl });
    const loggedIn = new Promise<void>((resolve, reject) => {
      connection.once("connect", () => {
        resolve();
      });
      // Also of one that breaks while it is idle, which its next statement finds, and each further error of one that is given up.
      connection.on("error", reject);
    });
    await within(LOGIN_MS, loggedIn);
    return connection.promise();
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

/**
 * Asks over a connection of its own, for at most so many milliseconds. Then it is closed, whatever the server does: one that is
 * gone without a word would hold it, and with it this process, for ever.
 */
export async function askMysql<T>(
  host: string,
  password: string,
  ms: number,
  question: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await openMysql(host, password);
  try {
    return await within(ms, question(connection));
  } finally {
    connection.destroy();
  }
}

/** The rows of a statement, each as the list of its columns. */
export async function rowsOf(connection: Connection, sql: string): Promise<unknown[][]> {
  const [rows] = await connection.query<RowDataPacket[][]>({ sql, rowsAsArray: true });
  return rows;
}

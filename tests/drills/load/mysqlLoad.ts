import { Connection } from "mysql2/promise";

import { Pod } from "../../support/cluster";
import { judgeMysql, MysqlServer, Verdict } from "../judge/compare";
import { clusterIp, wholeSet } from "../stack";
import { within } from "./limits";
import { Load } from "./load";
import { askMysql, openMysql, rowsOf } from "./mysql";
import { Reader } from "./reader";
import { Writer } from "./writer";

/** So many share a sync of the disk that fewer would leave the processors waiting for it. */
const CONNECTIONS = 16;
const RATE = 280;
/** How far, in seconds, a slave may be behind a master that takes writes; a third of what lets it leave the read Service. */
const BEHIND_SECONDS = 10;
/** Time for a reader's query, which has given it up before. */
const READ_MS = 3000;
/** Time for a query of the judge, who reads whole tables. */
const JUDGE_MS = 30_000;

const CREATE = "CREATE TABLE IF NOT EXISTS ledger (id BIGINT PRIMARY KEY, note VARCHAR(200) NOT NULL)";
const noteOf = (id: number) => `${id} `.repeat(12).slice(0, 100);

const IDENTITY = `SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', ''), @@GLOBAL.server_id, @@GLOBAL.server_uuid,
  @@GLOBAL.super_read_only`;
const TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1";

export async function mysqlLoad(password: string): Promise<Load> {
  const service = { master: await clusterIp("mysql-master"), slave: await clusterIp("mysql-slave") };
  const acknowledged = new Set<number>();
  // Other than in any earlier run, whose rows may still be there.
  let next = Date.now();
  /** An id that every server has. */
  let known = 0;

  const inserting = (connection: Connection) => async (patience: number) => {
    const id = next++;
    await within(patience, connection.query("INSERT INTO ledger VALUES (?, ?)", [id, noteOf(id)]));
    acknowledged.add(id);
    return 1;
  };

  const writer = new Writer({
    connections: CONNECTIONS,
    rate: RATE,
    open: async () => {
      const connection = await openMysql(service.master, password);
      return {
        write: inserting(connection),
        close: () => {
          connection.destroy();
        },
      };
    },
  });

  const reader = new Reader(async () => {
    const rows = await askMysql(service.slave, password, READ_MS, (connection) =>
      rowsOf(connection, `SELECT id FROM ledger WHERE id = ${known}`),
    );
    if (rows.length !== 1) {
      throw new Error(`a slave in service lacks row ${known}, which it had before`);
    }
  });

  /** Asks one pod, whatever the Services say of it. */
  const ask = <T>(pod: Pod, question: (connection: Connection) => Promise<T>): Promise<T> =>
    askMysql(pod.status.podIP, password, JUDGE_MS, question);

  const executedOf = async (pod: Pod): Promise<string> => {
    const [row] = await ask(pod, (connection) => rowsOf(connection, IDENTITY));
    return String(row?.[0]);
  };

  const whole = async (): Promise<void> => {
    const { master, slaves } = await wholeSet("mysql-master", "mysql-slave");
    const executed = await executedOf(master);
    for (const slave of slaves) {
      const [row] = await ask(slave, (connection) =>
        rowsOf(connection, `SELECT WAIT_FOR_EXECUTED_GTID_SET('${executed}', ${BEHIND_SECONDS})`),
      );
      if (row?.[0] !== 0) {
        throw new Error(`${slave.metadata.name} has not caught up with the master`);
      }
    }
  };

  const serverOf = (pod: Pod): Promise<MysqlServer> =>
    ask(pod, async (connection) => {
      const [identity] = await rowsOf(connection, IDENTITY);
      const [executed, serverId, uuid, superReadOnly] = (identity ?? []).map(String);
      const tables = (await rowsOf(connection, TABLES)).map(([name]) => `\`${String(name)}\``);
      const checksums = await rowsOf(connection, `CHECKSUM TABLE ${tables.join(", ")}`);
      const ids = (await rowsOf(connection, "SELECT id FROM ledger")).map(([id]) => Number(id));
      return {
        name: pod.metadata.name,
        ids: new Set(ids),
        checksums: checksums.map((row) => row.join(" ")).join(", "),
        executed: executed ?? "",
        serverId: serverId ?? "",
        uuid: uuid ?? "",
        superReadOnly: superReadOnly === "1",
      };
    });

  return {
    name: "MySQL",
    leastPerSecond: 200,
    writer,
    reader,
    whole,
    prepare: async () => {
      const { master } = await wholeSet("mysql-master", "mysql-slave");
      await ask(master, async (connection) => {
        await connection.query(CREATE);
        known = next++;
        await connection.query("INSERT INTO ledger VALUES (?, ?)", [known, noteOf(known)]);
        acknowledged.add(known);
      });
      await whole();
    },
    judge: async (): Promise<Verdict> => {
      const { master, slaves } = await wholeSet("mysql-master", "mysql-slave");
      const verdict = judgeMysql(
        acknowledged,
        await serverOf(master),
        await Promise.all(slaves.map((slave) => serverOf(slave))),
      );
      verdict.lost.forEach((id) => acknowledged.delete(id));
      return verdict;
    },
  };
}

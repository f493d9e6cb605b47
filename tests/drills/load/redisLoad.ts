import Redis from "ioredis";

import { Pod } from "../../support/cluster";
import { judgeRedis, RedisServer, Verdict } from "../judge/compare";
import { clusterIp, wholeSet } from "../stack";
import { within } from "./limits";
import { Load } from "./load";
import { Reader } from "./reader";
import { openRedis } from "./redis";
import { Writer } from "./writer";

const CONNECTIONS = 2;
/** Pipelines a second, each with this many writes. */
const RATE = 12;
const BATCH = 100;
/** Longest time, in milliseconds, that a pipeline waits for a slave to have it. */
const CONFIRM_MS = 1000;
/** Keys that the judge asks for at once. */
const PAGE = 5000;

const keyOf = (id: number) => `ledger:${id}`;
const valueOf = (id: number) => `written ${id}`;

const field = (info: string, name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1] ?? "";

/** Whether a slave hears from its master; true for a master. */
const isLinked = (info: string): boolean =>
  field(info, "role") === "master" || field(info, "master_link_status") === "up";

export async function redisLoad(password: string): Promise<Load> {
  const service = { master: await clusterIp("redis-master"), slave: await clusterIp("redis-slave") };
  const writes = { acknowledged: new Set<number>(), confirmed: new Set<number>() };
  let next = Date.now();
  /** A key that every server has. */
  let known = 0;

  const pipelining = (connection: Redis) => async (patience: number) => {
    const pipeline = connection.pipeline();
    const ids = Array.from({ length: BATCH }, () => next++);
    ids.forEach((id) => pipeline.set(keyOf(id), valueOf(id)));
    const answers = (await within(patience, pipeline.exec())) ?? [];
    const taken = ids.filter((_, index) => answers[index]?.[1] === "OK");
    const refusal = answers.find(([error]) => error !== null)?.[0];
    taken.forEach((id) => writes.acknowledged.add(id));
    if (taken.length > 0 && (await within(patience, connection.wait(1, CONFIRM_MS))) >= 1) {
      taken.forEach((id) => writes.confirmed.add(id));
    }
    if (refusal) {
      throw refusal;
    }
    return taken.length;
  };

  const writer = new Writer({
    connections: CONNECTIONS,
    rate: RATE,
    open: async () => {
      const connection = await openRedis(service.master, password);
      return {
        write: pipelining(connection),
        close: () => {
          connection.disconnect();
        },
      };
    },
  });

  const reader = new Reader(async () => {
    const connection = await openRedis(service.slave, password);
    try {
      if ((await connection.get(keyOf(known))) !== valueOf(known)) {
        throw new Error(`a slave in service lacks key ${keyOf(known)}, which it had before`);
      }
    } finally {
      connection.disconnect();
    }
  });

  /** Asks one pod, whatever the Services say of it. */
  const ask = async <T>(pod: Pod, question: (connection: Redis) => Promise<T>): Promise<T> => {
    const connection = await openRedis(pod.status.podIP, password);
    try {
      return await question(connection);
    } finally {
      connection.disconnect();
    }
  };

  const offsetOf = (pod: Pod) =>
    ask(pod, async (connection) => {
      const info = await connection.info("replication");
      return {
        linked: isLinked(info),
        id: field(info, "master_replid"),
        offset: Number(field(info, field(info, "role") === "master" ? "master_repl_offset" : "slave_repl_offset")),
      };
    });

  const whole = async (): Promise<void> => {
    const { master, slaves } = await wholeSet("redis-master", "redis-slave");
    const of = await offsetOf(master);
    for (const slave of slaves) {
      const { linked, id, offset } = await offsetOf(slave);
      if (!linked || id !== of.id || offset < of.offset) {
        throw new Error(`${slave.metadata.name} has not caught up with the master`);
      }
    }
  };

  const serverOf = (pod: Pod): Promise<RedisServer> =>
    ask(pod, async (connection) => {
      const info = await connection.info("replication");
      const keys = new Set<number>();
      const ids = [...writes.acknowledged];
      for (let start = 0; start < ids.length; start += PAGE) {
        const page = ids.slice(start, start + PAGE);
        const values = await connection.mget(page.map(keyOf));
        page.filter((id, index) => values[index] === valueOf(id)).forEach((id) => keys.add(id));
      }
      return {
        name: pod.metadata.name,
        keys,
        role: field(info, "role"),
        linked: isLinked(info),
      };
    });

  return {
    name: "Redis",
    leastPerSecond: 1000,
    writer,
    reader,
    whole,
    prepare: async () => {
      const { master } = await wholeSet("redis-master", "redis-slave");
      await ask(master, async (connection) => {
        known = next++;
        await connection.set(keyOf(known), valueOf(known));
      });
      writes.acknowledged.add(known);
      writes.confirmed.add(known);
      await whole();
    },
    judge: async (promised): Promise<Verdict> => {
      const { master, slaves } = await wholeSet("redis-master", "redis-slave");
      const servers = [await serverOf(master), ...(await Promise.all(slaves.map((slave) => serverOf(slave))))] as const;
      const [first, ...others] = servers;
      const verdict = judgeRedis(writes[promised], first, others);
      // What the master did not have to keep is not asked for again.
      for (const id of writes.acknowledged) {
        if (!first.keys.has(id)) {
          writes.acknowledged.delete(id);
          writes.confirmed.delete(id);
        }
      }
      return verdict;
    },
  };
}

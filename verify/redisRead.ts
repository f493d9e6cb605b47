/** Reads the state of Redis servers. */
import { Answer, answerOf, Cluster, statesOf } from "./cluster";
import { isMaster, Pod } from "./pods";
import { atCommonOffset, RedisServer } from "./redisCompare";
import { parseInfo, parseLibraries, parseMoments, RedisMoment, RedisState } from "./redisState";

/** At the socket, where who is in the container needs no certificate. */
const CLIENT = "redis-cli -s /run/redis/redis.sock";
const INFO = `${CLIENT} INFO replication keyspace`;
const LIBRARIES = `${CLIENT} --json FUNCTION LIST LIBRARYNAME 'history_*' WITHCODE`;
/**
 * Under writes no two servers are asked at the same offset. Each is looked at many times for about two seconds instead:
 * among so many moments a slave and the master share some.
 */
const MOMENTS = `${CLIENT} -r 500 -i 0.004 INFO replication keyspace`;
/** How often that is tried. */
const SERIES = 5;

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function readState(cluster: Cluster, pod: Pod): Promise<RedisState> {
  const [info = "", libraries = ""] = (await cluster.redis(pod, `${INFO} && echo --- && ${LIBRARIES}`)).split("---\n");
  return { ...parseInfo(info), libraries: parseLibraries(libraries) };
}

const moments = async (cluster: Cluster, pod: Pod): Promise<RedisMoment[]> =>
  parseMoments(await cluster.redis(pod, MOMENTS));

/** Reads a slave until it is where the master was, for so many seconds at most. */
async function caughtUp(cluster: Cluster, pod: Pod, target: RedisMoment, wait: number): Promise<RedisState> {
  const end = Date.now() + wait * 1000;
  for (;;) {
    const state = await readState(cluster, pod);
    if ((state.history === target.history && state.offset >= target.offset) || Date.now() > end) {
      return state;
    }
    await sleep(0.5);
  }
}

/** The keys of the slaves beside the master's, for those that share an offset with it. */
async function keysOf(cluster: Cluster, master: RedisServer, slaves: readonly RedisServer[]): Promise<RedisServer[]> {
  let servers = slaves.map((slave) => withKeys(slave, [master.state], [slave.state]));
  for (let series = 0; series < SERIES && servers.some(({ keys }) => keys === undefined); series++) {
    const [ofMaster = [], ...ofSlaves] = await Promise.all(
      [master, ...servers].map(async ({ pod }) => {
        const answer = await answerOf(pod, () => moments(cluster, pod));
        return "state" in answer ? answer.state : [];
      }),
    );
    servers = servers.map((server, index) =>
      server.keys === undefined ? withKeys(server, ofMaster, ofSlaves[index] ?? []) : server,
    );
  }
  return servers;
}

const withKeys = (slave: RedisServer, master: readonly RedisMoment[], own: readonly RedisMoment[]): RedisServer => {
  const keys = atCommonOffset(master, own);
  return keys === undefined ? slave : { ...slave, keys };
};

/** Lets the slaves catch up with where the master is now, for so many seconds at most, and reads all servers. */
export async function readRedis(cluster: Cluster, pods: readonly Pod[], wait: number): Promise<Answer<RedisServer>[]> {
  const masters = pods.filter(isMaster);
  const first = await Promise.all(masters.map((pod) => answerOf(pod, () => readState(cluster, pod))));
  const [only, ...others] = statesOf(first);
  const target = others.length === 0 ? only : undefined;
  const answers = await Promise.all(
    pods.map((pod) =>
      answerOf(pod, async (): Promise<RedisServer> => {
        if (target === undefined || masters.includes(pod)) {
          return { pod, state: await readState(cluster, pod) };
        }
        return { pod, state: await caughtUp(cluster, pod, target, wait), target };
      }),
    ),
  );
  const servers = statesOf(answers);
  const master = servers.find(({ pod }) => masters.includes(pod));
  if (master === undefined || target === undefined) {
    return answers;
  }
  const slaves = await keysOf(
    cluster,
    master,
    servers.filter(({ target: own }) => own !== undefined),
  );
  return answers.map((answer) => {
    const slave = slaves.find(({ pod }) => pod === answer.pod);
    return slave === undefined ? answer : { pod: answer.pod, state: slave };
  });
}

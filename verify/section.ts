/** The servers of one kind, from their pods to their checks. */
import { Answer, Cluster, statesOf } from "./cluster";
import { compareMysql, compareRoles, MysqlServer } from "./mysqlCompare";
import { readMysql } from "./mysqlRead";
import { isMaster, Pod } from "./pods";
import { compareRedis } from "./redisCompare";
import { readRedis } from "./redisRead";
import { Cell, check, Check, Section } from "./report";
import { compareTables } from "./tables";

const kind = (name: string, pods: readonly Pod[]): Pod[] => pods.filter(({ role }) => role.startsWith(name));

/** Puts the cells of some servers in the columns of all pods. */
const spread = (pods: readonly Pod[], servers: readonly { readonly pod: Pod }[], checks: readonly Check[]): Check[] =>
  checks.map((one) =>
    one.cells.length === 0
      ? one
      : {
          ...one,
          cells: pods.map((pod) => one.cells[servers.findIndex((server) => server.pod === pod)] ?? { text: "?" }),
        },
  );

/** The checks of all pods, answering or not. */
async function podChecks(
  cluster: Cluster,
  pods: readonly Pod[],
  answers: readonly Answer<unknown>[],
): Promise<Check[]> {
  const readiness = await Promise.all(
    pods.map(async (pod): Promise<Cell> => {
      if (pod.unready === undefined) {
        return { text: "ready" };
      }
      const probe = pod.running ? await cluster.readiness(pod).catch(() => "") : "";
      return { text: "not ready", problem: `not ready: ${[pod.unready, probe].filter(Boolean).join("; ")}` };
    }),
  );
  const answering = answers.map((answer): Cell =>
    "state" in answer ? { text: "yes" } : { text: "no", problem: `it does not answer: ${answer.error}` },
  );
  const names = pods.map(({ name }) => name);
  return [...compareRoles(pods), check("pod", names, readiness), check("answers", names, answering)];
}

async function mysqlSection(cluster: Cluster, all: readonly Pod[], wait: number): Promise<Section> {
  const pods = kind("mysql", all);
  const answers = await readMysql(cluster, pods, wait);
  const servers = statesOf(answers);
  // A slave that lacks transactions has no position in common with the master; its difference is shown already.
  const comparable = servers.filter(({ pod, missing }: MysqlServer) => isMaster(pod) || missing.size === 0);
  return {
    title: "MySQL",
    servers: pods.map(({ name }) => name),
    checks: [
      ...(await podChecks(cluster, pods, answers)),
      ...spread(pods, servers, compareMysql(servers)),
      ...spread(pods, comparable, await compareTables(cluster, comparable)),
    ],
  };
}

async function redisSection(cluster: Cluster, all: readonly Pod[], wait: number): Promise<Section> {
  const pods = kind("redis", all);
  const answers = await readRedis(cluster, pods, wait);
  const servers = statesOf(answers);
  return {
    title: "Redis",
    servers: pods.map(({ name }) => name),
    checks: [...(await podChecks(cluster, pods, answers)), ...spread(pods, servers, compareRedis(servers))],
  };
}

/** Checks the servers of both kinds. */
export const readSections = async (cluster: Cluster, wait: number): Promise<Section[]> => {
  const pods = await cluster.pods();
  return Promise.all([mysqlSection(cluster, pods, wait), redisSection(cluster, pods, wait)]);
};

/** Reads the state of MySQL servers. */
import { Answer, answerOf, Cluster } from "./cluster";
import { formatGtidSet, GtidSet, intersect, parseGtidSet, subtract } from "./gtid";
import { Channel, MysqlServer, MysqlState } from "./mysqlCompare";
import { isMaster, Pod } from "./pods";

export const GTID_EXECUTED = "SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '');";

const STATE = `
SELECT JSON_OBJECT('serverId', @@server_id, 'uuid', @@server_uuid,
  'readOnly', @@GLOBAL.read_only = 1, 'superReadOnly', @@GLOBAL.super_read_only = 1);`;

const CHANNELS = `
SELECT JSON_OBJECT('sourceUuid', status.SOURCE_UUID, 'receiver', status.SERVICE_STATE,
  'receiverError', status.LAST_ERROR_MESSAGE, 'applier', applier.SERVICE_STATE,
  'applierError', COALESCE((SELECT MAX(LAST_ERROR_MESSAGE) FROM (
    SELECT CHANNEL_NAME, LAST_ERROR_MESSAGE FROM performance_schema.replication_applier_status_by_worker
    UNION ALL SELECT CHANNEL_NAME, LAST_ERROR_MESSAGE FROM performance_schema.replication_applier_status_by_coordinator
  ) AS errors WHERE errors.CHANNEL_NAME = status.CHANNEL_NAME), ''),
  'autoPosition', configuration.AUTO_POSITION = '1', 'tls', configuration.SSL_ALLOWED = 'YES')
FROM performance_schema.replication_connection_configuration AS configuration
JOIN performance_schema.replication_connection_status AS status USING (CHANNEL_NAME)
JOIN performance_schema.replication_applier_status AS applier USING (CHANNEL_NAME);`;

const SEMI_SYNC = "SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync_%_status';";

/** How often transactions that only a slave has are looked at before they count. */
const EXTRA_READINGS = 5;

/** "on" for the side of semi-synchronous replication that is on, "off" when none is, or the plugin is not there. */
export const parseSemiSync = (lines: readonly string[]): string =>
  lines.some((line) => line.endsWith("\tON")) ? "on" : "off";

const executed = async (cluster: Cluster, pod: Pod): Promise<GtidSet> => {
  const session = await cluster.mysql(pod);
  try {
    return parseGtidSet((await session.query(GTID_EXECUTED)).join(""));
  } finally {
    session.close();
  }
};

/** Waits until a server has executed the set, for so many seconds at most. */
const waitFor = async (cluster: Cluster, pod: Pod, set: GtidSet, seconds: number): Promise<void> => {
  const session = await cluster.mysql(pod);
  try {
    await session.query(`SELECT WAIT_FOR_EXECUTED_GTID_SET('${formatGtidSet(set)}', ${seconds});`, seconds + 60);
  } finally {
    session.close();
  }
};

async function readState(cluster: Cluster, pod: Pod): Promise<MysqlState> {
  const session = await cluster.mysql(pod);
  try {
    const own = JSON.parse((await session.query(STATE)).join("")) as Pick<
      MysqlState,
      "serverId" | "uuid" | "readOnly" | "superReadOnly"
    >;
    const channels = (await session.query(CHANNELS)).map((line) => JSON.parse(line) as Channel);
    const semiSync = parseSemiSync(await session.query(SEMI_SYNC));
    return { ...own, channels, semiSync, executed: parseGtidSet((await session.query(GTID_EXECUTED)).join("")) };
  } finally {
    session.close();
  }
}

/**
 * What a slave has and the master lacks. With semi-synchronous replication a slave may have a transaction for a moment
 * that the master has not committed yet; what is extra in each of several readings is so for good.
 */
async function lastingExtra(cluster: Cluster, slave: Pod, master: Pod): Promise<GtidSet> {
  let extra: GtidSet | undefined;
  for (let reading = 0; reading < EXTRA_READINGS && extra?.size !== 0; reading++) {
    const here = await executed(cluster, slave);
    const now = subtract(here, await executed(cluster, master));
    extra = extra === undefined ? now : intersect(extra, now);
  }
  return extra ?? new Map();
}

/** Lets the slaves catch up with what the master has now, for so many seconds at most, and reads all servers. */
export async function readMysql(cluster: Cluster, pods: readonly Pod[], wait: number): Promise<Answer<MysqlServer>[]> {
  const masters = pods.filter(isMaster);
  const master = masters.length === 1 ? masters[0] : undefined;
  const target = master === undefined ? undefined : await answerOf(master, () => executed(cluster, master));
  return Promise.all(
    pods.map((pod) =>
      answerOf(pod, async () => {
        if (master === undefined || pod === master || target === undefined || !("state" in target)) {
          return { pod, state: await readState(cluster, pod), missing: new Map(), extra: new Map() };
        }
        await waitFor(cluster, pod, target.state, wait);
        const state = await readState(cluster, pod);
        const missing = subtract(target.state, state.executed);
        return { pod, state, missing, extra: await lastingExtra(cluster, pod, master) };
      }),
    ),
  );
}

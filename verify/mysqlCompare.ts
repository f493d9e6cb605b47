/** What the states of MySQL servers have to be beside each other. */
import { count, formatGtidSet, GtidSet } from "./gtid";
import { isMaster, Pod } from "./pods";
import { Cell, check, Check, overall } from "./report";

/** Replication from one source. */
export interface Channel {
  readonly sourceUuid: string;
  readonly receiver: "ON" | "OFF" | "CONNECTING";
  readonly receiverError: string;
  readonly applier: "ON" | "OFF";
  readonly applierError: string;
  readonly autoPosition: boolean;
  readonly tls: boolean;
}

export interface MysqlState {
  readonly serverId: number;
  readonly uuid: string;
  readonly readOnly: boolean;
  readonly superReadOnly: boolean;
  readonly channels: readonly Channel[];
  readonly semiSync: string;
  readonly executed: GtidSet;
}

export interface MysqlServer {
  readonly pod: Pod;
  readonly state: MysqlState;
  /** What the master has and this slave lacks after the wait. */
  readonly missing: GtidSet;
  /** What this slave has and the master lacks, lastingly. */
  readonly extra: GtidSet;
}

/** A cell that is wrong unless `fine`. */
const cell = (text: string, fine: boolean, problem: string): Cell => (fine ? { text } : { text, problem });

const distinct = (name: string, servers: readonly MysqlServer[], of: (state: MysqlState) => string | number): Check => {
  const values = servers.map(({ state }) => of(state));
  return check(
    name,
    servers.map(({ pod }) => pod.name),
    values.map((value, index) => {
      const twins = servers.filter((_, other) => other !== index && values[other] === value);
      return cell(
        String(value),
        twins.length === 0,
        `${name} ${value} is also that of ${twins.map(({ pod }) => pod.name).join(", ")}`,
      );
    }),
  );
};

const writable = ({ pod, state }: MysqlServer): Cell => {
  const text = state.superReadOnly ? "super read-only" : state.readOnly ? "read-only" : "takes writes";
  return isMaster(pod)
    ? cell(text, !state.readOnly, "the master is read-only")
    : cell(text, state.superReadOnly, "super_read_only is off on this slave");
};

const because = (error: string): string => (error === "" ? "" : `: ${error}`);

/** A cell about a slave's one channel. */
const channelCell =
  (of: (channel: Channel) => Cell) =>
  (server: MysqlServer): Cell => {
    const [channel, ...others] = server.state.channels;
    if (isMaster(server.pod)) {
      return cell("-", channel === undefined, "the master replicates from another server");
    }
    if (channel === undefined) {
      return { text: "none", problem: "no replication channel is set up" };
    }
    return others.length > 0 ? { text: "several", problem: "there is more than one replication channel" } : of(channel);
  };

const position = ({ pod, state, missing, extra }: MysqlServer): Cell => {
  if (isMaster(pod)) {
    return { text: `${count(state.executed)} transactions` };
  }
  const problems = [
    ...(missing.size > 0 ? [`it lacks ${count(missing)} transactions of the master: ${formatGtidSet(missing)}`] : []),
    ...(extra.size > 0
      ? [`it has ${count(extra)} transactions that the master does not have: ${formatGtidSet(extra)}`]
      : []),
  ];
  const text = [
    ...(missing.size > 0 ? [`${count(missing)} missing`] : []),
    ...(extra.size > 0 ? [`${count(extra)} extra`] : []),
  ];
  return problems.length === 0 ? { text: "the same" } : { text: text.join(", "), problem: problems.join("; ") };
};

/** All checks but those of the tables, for the servers that answer. */
export function compareMysql(servers: readonly MysqlServer[]): Check[] {
  const names = servers.map(({ pod }) => pod.name);
  const each = (name: string, of: (server: MysqlServer) => Cell) => check(name, names, servers.map(of));
  const masterUuids = servers.filter(({ pod }) => isMaster(pod)).map(({ state }) => state.uuid);
  return [
    distinct("server-id", servers, ({ serverId }) => serverId),
    distinct("server_uuid", servers, ({ uuid }) => uuid),
    each("writes", writable),
    each(
      "source",
      channelCell(({ sourceUuid }) =>
        masterUuids.includes(sourceUuid)
          ? { text: "the master" }
          : cell(
              sourceUuid || "none",
              masterUuids.length === 0,
              `it follows ${sourceUuid === "" ? "nobody" : `the server ${sourceUuid}`}, not the master`,
            ),
      ),
    ),
    each(
      "receiver",
      channelCell(({ receiver, receiverError }) =>
        cell(receiver, receiver === "ON", `the receiver is ${receiver}${because(receiverError)}`),
      ),
    ),
    each(
      "applier",
      channelCell(({ applier, applierError }) =>
        cell(applier, applier === "ON", `the applier is ${applier}${because(applierError)}`),
      ),
    ),
    each(
      "auto-position",
      channelCell(({ autoPosition }) =>
        cell(autoPosition ? "on" : "off", autoPosition, "replication does not position itself by GTID"),
      ),
    ),
    each(
      "TLS",
      channelCell(({ tls }) => cell(tls ? "on" : "off", tls, "replication is not encrypted")),
    ),
    each("GTID set", position),
    { ...each("semi-synchronous", ({ state }) => ({ text: state.semiSync })), verdict: "info" },
  ];
}

/** Whether the pods are one master and slaves. */
export const compareRoles = (pods: readonly Pod[]): Check[] => {
  const masters = pods.filter(isMaster).length;
  return [
    ...(masters === 1 ? [] : [overall("pods", "differs", `there are ${masters} pods of a master, not one`)]),
    ...(pods.length > masters ? [] : [overall("pods", "differs", "there is no pod of a slave")]),
  ];
};

/** What one MySQL server holds and says of itself. */
export interface MysqlServer {
  readonly name: string;
  readonly ids: ReadonlySet<number>;
  /** CHECKSUM TABLE of every table. */
  readonly checksums: string;
  /** Its GTID set. */
  readonly executed: string;
  readonly serverId: string;
  readonly uuid: string;
  readonly superReadOnly: boolean;
}

/** What one Redis server holds and says of itself. */
export interface RedisServer {
  readonly name: string;
  /** Numbers of the keys that are there with the right value. */
  readonly keys: ReadonlySet<number>;
  readonly role: string;
  /** Whether a slave's link to its master is up; true for a master. */
  readonly linked: boolean;
}

export interface Verdict {
  /** Acknowledged writes that at least one server does not have. */
  readonly lost: ReadonlySet<number>;
  /** What else is not as it should be, one line each. */
  readonly problems: readonly string[];
}

const sample = (ids: readonly number[]): string =>
  `${ids.slice(0, 5).join(", ")}${ids.length > 5 ? ` and ${ids.length - 5} more` : ""}`;

/** What is missing of what is expected on every server. */
function losses(
  expected: ReadonlySet<number>,
  servers: readonly { readonly name: string; readonly found: ReadonlySet<number> }[],
): Verdict {
  const missing = servers
    .map(({ name, found }) => ({ name, ids: [...expected].filter((id) => !found.has(id)) }))
    .filter(({ ids }) => ids.length > 0);
  return {
    lost: new Set(missing.flatMap(({ ids }) => ids)),
    problems: missing.map(({ name, ids }) => `${name} lacks ${sample(ids)}`),
  };
}

const twice = (what: string, values: readonly string[]): string[] =>
  new Set(values).size === values.length ? [] : [`two servers have the same ${what}: ${values.join(", ")}`];

export function judgeMysql(
  acknowledged: ReadonlySet<number>,
  master: MysqlServer,
  slaves: readonly MysqlServer[],
): Verdict {
  const servers = [master, ...slaves];
  const { lost, problems } = losses(
    acknowledged,
    servers.map(({ name, ids }) => ({ name, found: ids })),
  );
  return {
    lost,
    problems: [
      ...problems,
      ...slaves.flatMap((slave) => [
        ...(slave.checksums === master.checksums
          ? []
          : [`${slave.name} has other checksums than the master: ${slave.checksums}, not ${master.checksums}`]),
        ...(slave.executed === master.executed
          ? []
          : [`${slave.name} has another GTID set than the master: ${slave.executed}, not ${master.executed}`]),
        ...(slave.superReadOnly ? [] : [`${slave.name} is not super_read_only`]),
      ]),
      ...(master.superReadOnly ? [`${master.name} takes no writes`] : []),
      ...twice(
        "server_id",
        servers.map(({ serverId }) => serverId),
      ),
      ...twice(
        "server_uuid",
        servers.map(({ uuid }) => uuid),
      ),
    ],
  };
}

export function judgeRedis(
  acknowledged: ReadonlySet<number>,
  master: RedisServer,
  slaves: readonly RedisServer[],
): Verdict {
  const { lost, problems } = losses(
    acknowledged,
    [master, ...slaves].map(({ name, keys }) => ({ name, found: keys })),
  );
  return {
    lost,
    problems: [
      ...problems,
      ...(master.role === "master" ? [] : [`${master.name} has the role ${master.role}`]),
      ...slaves.flatMap(({ name, role, linked }) => [
        ...(role === "slave" ? [] : [`${name} has the role ${role}`]),
        ...(linked ? [] : [`${name} has no link to the master`]),
      ]),
    ],
  };
}

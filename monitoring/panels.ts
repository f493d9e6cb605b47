/** What the dashboard shows. `$namespace` is the stack that is chosen, `$__rate_interval` Grafana's own. */

export interface Panel {
  readonly title: string;
  readonly description?: string;
  /** Grafana's name of the unit, e.g. reqps, s, percentunit. */
  readonly unit: string;
  /** Each a legend and an expression. */
  readonly queries: readonly (readonly [legend: string, expression: string])[];
  /** A number instead of a curve. */
  readonly stat?: boolean;
  readonly max?: number;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Series of the chosen stack: a metric, and more conditions on its labels. */
const of = (metric: string, ...conditions: readonly string[]): string =>
  `${metric}{${['namespace="$namespace"', ...conditions].join(", ")}}`;
const rate = (metric: string, ...conditions: readonly string[]): string =>
  `rate(${of(metric, ...conditions)}[$__rate_interval])`;

const requests = `sum(${rate("dabaweb_requests_total")})`;
const failed = `sum(${rate("dabaweb_requests_total", 'status=~"5.."')})`;
const quantile = (share: number): string =>
  `histogram_quantile(${share}, sum by (le) (${rate("dabaweb_request_seconds_bucket")}))`;

export const ROWS: readonly Row[] = [
  {
    title: "Now",
    panels: [
      { title: "Requests", unit: "reqps", stat: true, queries: [["", requests]] },
      {
        title: "Failed",
        description: "Share of the requests that were answered with a status of 500 or above.",
        unit: "percentunit",
        stat: true,
        queries: [["", `(${failed} or vector(0)) / ${requests}`]],
      },
      { title: "Slower than 19 of 20", unit: "s", stat: true, queries: [["", quantile(0.95)]] },
      {
        title: "MySQL slaves that follow",
        unit: "none",
        stat: true,
        queries: [
          ["", `sum(${of("mysql_slave_status_replica_io_running")} * ${of("mysql_slave_status_replica_sql_running")})`],
        ],
      },
      {
        title: "MySQL lag",
        unit: "s",
        stat: true,
        queries: [["", `max(${of("mysql_slave_status_seconds_behind_source")})`]],
      },
      {
        title: "Redis slaves that follow",
        unit: "none",
        stat: true,
        queries: [["", `sum(${of("redis_master_link_up")})`]],
      },
    ],
  },
  {
    title: "Web",
    panels: [
      {
        title: "Requests by status",
        unit: "reqps",
        queries: [["{{status}}", `sum by (status) (${rate("dabaweb_requests_total")})`]],
      },
      {
        title: "Time to answer",
        unit: "s",
        queries: [
          ["half of them", quantile(0.5)],
          ["19 of 20", quantile(0.95)],
          ["99 of 100", quantile(0.99)],
        ],
      },
      {
        title: "Mean time to answer, by view",
        unit: "s",
        queries: [
          [
            "{{view}}",
            // What nobody has asked for lately has no mean.
            `sum by (view) (${rate("dabaweb_request_seconds_sum")}) / (sum by (view) (${rate("dabaweb_request_seconds_count")}) > 0)`,
          ],
        ],
      },
    ],
  },
  {
    title: "Workers and cache",
    panels: [
      {
        title: "uWSGI's workers",
        unit: "none",
        queries: [["{{state}}", `sum by (state) (${of("uwsgi_workers")})`]],
      },
      {
        title: "Workers started, exceptions",
        unit: "none",
        queries: [
          ["started", `sum(increase(${of("uwsgi_respawns_total")}[$__rate_interval]))`],
          ["exceptions", `sum(increase(${of("uwsgi_exceptions_total")}[$__rate_interval]))`],
        ],
      },
      {
        title: "nginx' connections",
        unit: "none",
        queries: [
          ["active", `sum(${of("nginx_connections_active")})`],
          ["waiting", `sum(${of("nginx_connections_waiting")})`],
        ],
      },
      {
        title: "Found in the cache",
        unit: "percentunit",
        max: 1,
        queries: [["", `sum(${rate("dabaweb_cache_total", 'result="hit"')}) / sum(${rate("dabaweb_cache_total")})`]],
      },
      {
        title: "Servers left alone, reads from a stand-in",
        unit: "none",
        queries: [
          ["{{server}}", `sum by (server) (increase(${of("dabaweb_server_pauses_total")}[$__rate_interval]))`],
          ["instead of {{wanted}}", `sum by (wanted) (increase(${of("dabaweb_fallbacks_total")}[$__rate_interval]))`],
        ],
      },
    ],
  },
  {
    title: "MySQL",
    panels: [
      {
        title: "Statements",
        unit: "ops",
        queries: [["{{pod}}", rate("mysql_global_status_questions")]],
      },
      {
        title: "Behind the master",
        unit: "s",
        queries: [["{{pod}}", of("mysql_slave_status_seconds_behind_source")]],
      },
      {
        title: "Replication",
        description: "1 while the receiver and the applier run; for the master, while commits wait for a slave.",
        unit: "none",
        max: 1,
        queries: [
          ["receiver of {{pod}}", of("mysql_slave_status_replica_io_running")],
          ["applier of {{pod}}", of("mysql_slave_status_replica_sql_running")],
          ["semi-synchronous", of("mysql_global_status_rpl_semi_sync_source_status", 'name="mysql-master"')],
        ],
      },
      {
        title: "Connections in use",
        unit: "percentunit",
        max: 1,
        queries: [
          [
            "{{pod}}",
            `${of("mysql_global_status_threads_connected")} / ${of("mysql_global_variables_max_connections")}`,
          ],
        ],
      },
      {
        title: "Rows read and written",
        unit: "ops",
        queries: [["{{operation}}", `sum by (operation) (${rate("mysql_global_status_innodb_row_ops_total")})`]],
      },
    ],
  },
  {
    title: "Redis",
    panels: [
      { title: "Commands", unit: "ops", queries: [["{{pod}}", rate("redis_commands_processed_total")]] },
      { title: "Memory", unit: "bytes", queries: [["{{pod}}", of("redis_memory_used_bytes")]] },
      {
        title: "Slaves",
        unit: "none",
        queries: [
          ["follow the master", `sum(${of("redis_connected_slaves", 'name="redis-master"')})`],
          ["link of {{pod}}", of("redis_master_link_up")],
        ],
      },
      {
        title: "Silence of slaves",
        unit: "s",
        queries: [["{{slave_ip}}", of("redis_connected_slave_lag_seconds")]],
      },
    ],
  },
  {
    title: "Pods, disks and certificates",
    panels: [
      {
        title: "Processors",
        unit: "none",
        queries: [
          ["{{container}}", `sum by (container) (${rate("container_cpu_usage_seconds_total", 'container!=""')})`],
        ],
      },
      {
        title: "Memory",
        unit: "bytes",
        queries: [
          ["{{container}}", `sum by (container) (${of("container_memory_working_set_bytes", 'container!=""')})`],
        ],
      },
      {
        title: "Containers started again",
        unit: "none",
        queries: [["{{pod}} {{container}}", `changes(${of("container_start_time_seconds", 'container!=""')}[1h])`]],
      },
      {
        title: "Free on nodes' disks",
        unit: "percentunit",
        max: 1,
        queries: [
          [
            "{{instance}} {{mountpoint}}",
            'node_filesystem_avail_bytes{fstype!~"tmpfs|overlay|squashfs"} / node_filesystem_size_bytes',
          ],
        ],
      },
      {
        title: "Free on claims",
        unit: "percentunit",
        max: 1,
        queries: [
          [
            "{{persistentvolumeclaim}}",
            `${of("kubelet_volume_stats_available_bytes")} / ${of("kubelet_volume_stats_capacity_bytes")}`,
          ],
        ],
      },
      {
        title: "Certificates end in",
        description: "`pulumi up` renews them in their last certificates.renewDays.",
        unit: "s",
        queries: [["{{server}}", `max by (server) (${of("dabaweb_certificate_end_timestamp_seconds")}) - time()`]],
      },
    ],
  },
];

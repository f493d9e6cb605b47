/** Prints the Grafana dashboard: `npm run -s dashboard >monitoring/dashboard.json`. Panels and their queries are in panels.ts. */
import { ROWS, Panel } from "./panels";

const WIDTH = 24;
const HEIGHT = 8;
const DATASOURCE = { type: "prometheus", uid: "${datasource}" };

const panelOf = ({ title, description, unit, queries, stat, max }: Panel) => ({
  type: stat === true ? "stat" : "timeseries",
  title,
  ...(description === undefined ? {} : { description }),
  datasource: DATASOURCE,
  fieldConfig: {
    defaults: { unit, min: 0, ...(max === undefined ? {} : { max }) },
    overrides: [],
  },
  options: stat === true ? { reduceOptions: { calcs: ["lastNotNull"] } } : { tooltip: { mode: "multi", sort: "desc" } },
  targets: queries.map(([legendFormat, expr], index) => ({
    refId: String.fromCharCode("A".charCodeAt(0) + index),
    datasource: DATASOURCE,
    expr,
    legendFormat,
  })),
});

/** Panels side by side, rows one below the other. */
const laidOut = () => {
  let y = 0;
  return ROWS.flatMap(({ title, panels }) => {
    const row = { type: "row", title, collapsed: false, gridPos: { x: 0, y: y++, w: WIDTH, h: 1 }, panels: [] };
    const height = panels.every(({ stat }) => stat === true) ? HEIGHT / 2 : HEIGHT;
    const w = Math.floor(WIDTH / panels.length);
    const placed = panels.map((panel, index) => ({
      ...panelOf(panel),
      gridPos: { x: index * w, y, w, h: height },
    }));
    y += height;
    return [row, ...placed];
  }).map((panel, index) => ({ id: index + 1, ...panel }));
};

export const dashboard = () => ({
  uid: "k8s-web",
  title: "k8s-web",
  tags: ["k8s-web"],
  schemaVersion: 39,
  editable: false,
  refresh: "30s",
  time: { from: "now-3h", to: "now" },
  timezone: "browser",
  templating: {
    list: [
      { name: "datasource", type: "datasource", query: "prometheus", label: "Prometheus" },
      {
        name: "namespace",
        type: "query",
        label: "Stack",
        datasource: DATASOURCE,
        query: { query: "label_values(mysql_up, namespace)", refId: "namespace" },
        refresh: 2,
        sort: 1,
      },
    ],
  },
  panels: laidOut(),
});

if (require.main === module) {
  process.stdout.write(`${JSON.stringify(dashboard(), null, 2)}\n`);
}

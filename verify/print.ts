/** The report as text for people. */
import { Cell, Check, Report, Section, Verdict } from "./report";

const WORDS: Readonly<Record<Verdict, string>> = {
  equal: "ok",
  differs: "DIFFERS",
  unknown: "not compared",
  info: "",
};

const marked = ({ text, problem }: Cell): string => (problem === undefined ? text : `✗ ${text}`);

const row = (servers: readonly string[], { name, cells, verdict }: Check): string[] => [
  name,
  ...servers.map((_, index) => (cells.length === 0 ? "" : marked(cells[index] ?? { text: "" }))),
  WORDS[verdict],
];

const aligned = (rows: readonly (readonly string[])[]): string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows.map((cells) =>
    cells
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
};

const printSection = ({ title, servers, checks }: Section): string[] => [
  ...aligned([[title, ...servers, ""], ...checks.map((check) => row(servers, check))]),
  ...checks.flatMap(({ problems }) => problems.map((problem) => `  ✗ ${problem}`)),
  "",
];

/** The pods that problems name, those with the most problems first. */
const troubled = ({ sections }: Report): string[] => {
  const counts = new Map<string, number>();
  for (const { servers, checks } of sections) {
    for (const { cells } of checks) {
      cells.forEach(({ problem }, index) => {
        const server = servers[index];
        if (problem !== undefined && server !== undefined) {
          counts.set(server, (counts.get(server) ?? 0) + 1);
        }
      });
    }
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([server]) => server);
};

const conclusion = (report: Report, logs: (pod: string) => string, pods: string): string => {
  const problems = report.sections.flatMap(({ checks }) => checks.flatMap((check) => check.problems)).length;
  switch (report.verdict) {
    case "equal":
      return "equal: master and slaves hold the same";
    case "unknown":
      return "not compared: no difference was found, but not everything could be compared. Next: run it again, with a longer --wait";
    case "differs": {
      const [pod] = troubled(report);
      return `differs: ${problems} ${problems === 1 ? "problem" : "problems"}. Next: ${pod === undefined ? pods : logs(pod)}`;
    }
  }
};

/**
 * @param logs the command that shows a pod's log
 * @param pods the command that lists the pods
 */
export const print = (report: Report, logs: (pod: string) => string, pods: string): string =>
  [
    `Namespace ${report.namespace}, context ${report.context}`,
    "",
    ...report.sections.flatMap(printSection),
    conclusion(report, logs, pods),
  ].join("\n");

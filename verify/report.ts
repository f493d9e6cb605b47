/** What a run found, and what it amounts to. */

/** One server's part in a check. */
export interface Cell {
  readonly text: string;
  /** What is wrong with it, in a sentence that names what was expected. @default nothing */
  readonly problem?: string;
}

/**
 * - `equal`: as it has to be.
 * - `differs`: not.
 * - `unknown`: could not be compared.
 * - `info`: nothing that could be wrong.
 */
export type Verdict = "equal" | "differs" | "unknown" | "info";

/** One thing that was checked on all servers of a kind. */
export interface Check {
  readonly name: string;
  readonly verdict: Verdict;
  /** In the order of the section's servers; no cell for a check that is not about single servers. */
  readonly cells: readonly Cell[];
  /** Why it is not equal: a sentence each, with the pod's name in front where it is about one. */
  readonly problems: readonly string[];
}

/** All servers of one kind and what was checked on them. */
export interface Section {
  readonly title: string;
  /** Names of the pods. */
  readonly servers: readonly string[];
  readonly checks: readonly Check[];
}

export interface Report {
  readonly context: string;
  readonly namespace: string;
  readonly verdict: Exclude<Verdict, "info">;
  readonly sections: readonly Section[];
}

/** A check with a cell for each server, which differs when one of them has a problem. */
export const check = (name: string, servers: readonly string[], cells: readonly Cell[]): Check => {
  const problems = cells.flatMap(({ problem }, index) =>
    problem === undefined ? [] : [`${servers[index] ?? ""}: ${problem}`],
  );
  return { name, verdict: problems.length > 0 ? "differs" : "equal", cells, problems };
};

/** A check that is not about single servers, with its problems. */
export const overall = (name: string, verdict: "differs" | "unknown", ...problems: readonly string[]): Check => ({
  name,
  verdict,
  cells: [],
  problems,
});

/** A difference weighs more than what could not be compared. */
export const verdictOf = (sections: readonly Section[]): Report["verdict"] => {
  const verdicts = sections.flatMap(({ checks }) => checks.map(({ verdict }) => verdict));
  return verdicts.includes("differs") ? "differs" : verdicts.includes("unknown") ? "unknown" : "equal";
};

/** Exit code of each verdict. */
export const EXIT_CODES: Readonly<Record<Report["verdict"], number>> = { equal: 0, differs: 1, unknown: 2 };

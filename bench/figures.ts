/** From measurements to figures. */

/** One page on one side, in one round. */
export interface Measurement {
  /** How long each answer took, in milliseconds. */
  readonly waits: readonly number[];
  /** Requests that got no answer, or another one than the page. */
  readonly errors: number;
  /** From the end of the warm-up to the last answer. */
  readonly seconds: number;
}

export interface Figures {
  /** Requests, failed ones too. */
  readonly requests: number;
  readonly errors: number;
  /** Milliseconds; undefined when nothing was answered. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  /** Answers a second. */
  readonly throughput: number;
  /** Lowest and highest p50 of a round, in milliseconds. */
  readonly spread: readonly [lowest: number, highest: number] | undefined;
}

/** The smallest of the values that at least `percent` of all do not exceed (nearest rank); undefined of none. */
export function percentile(values: readonly number[], percent: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

/** The figures of all rounds together. */
export function figuresOf(rounds: readonly Measurement[]): Figures {
  const sum = (of: (round: Measurement) => number) => rounds.reduce((total, round) => total + of(round), 0);
  const waits = rounds.flatMap((round) => round.waits);
  const errors = sum((round) => round.errors);
  const medians = rounds.map((round) => percentile(round.waits, 50)).filter((value) => value !== undefined);
  return {
    requests: waits.length + errors,
    errors,
    p50: percentile(waits, 50),
    p99: percentile(waits, 99),
    throughput: waits.length / sum((round) => round.seconds),
    spread: medians.length === 0 ? undefined : [Math.min(...medians), Math.max(...medians)],
  };
}

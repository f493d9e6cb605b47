/** The figures as a table. */
import { markdown } from "../tests/support/table";
import { Figures } from "./figures";

/** One page on both sides. */
export interface Compared {
  readonly page: string;
  readonly seed: Figures;
  readonly stack: Figures;
}

const HEADINGS = ["page", "way of running", "requests", "errors", "p50", "p99", "answers/s", "p50 of the rounds"];
const NONE = "-";

const milliseconds = (value: number | undefined): string => (value === undefined ? NONE : `${value.toFixed(0)} ms`);

const rowOf = (page: string, way: string, { requests, errors, p50, p99, throughput, spread }: Figures): string[] => [
  page,
  way,
  String(requests),
  String(errors),
  milliseconds(p50),
  milliseconds(p99),
  throughput.toFixed(1),
  spread === undefined ? NONE : `${spread[0].toFixed(0)} to ${milliseconds(spread[1])}`,
];

const ratio = (stack: number | undefined, seed: number | undefined): string =>
  stack === undefined || !seed ? NONE : `${(stack / seed).toFixed(2)} ×`;

/** One row for each page and way, and one for how many times the seed's the stack's figures are. */
export const table = (pages: readonly Compared[]): string =>
  markdown([
    HEADINGS,
    ...pages.flatMap(({ page, seed, stack }) => [
      rowOf(page, "seed", seed),
      rowOf(page, "stack", stack),
      [
        page,
        "stack : seed",
        "",
        "",
        ratio(stack.p50, seed.p50),
        ratio(stack.p99, seed.p99),
        ratio(stack.throughput, seed.throughput),
        "",
      ],
    ]),
  ]);

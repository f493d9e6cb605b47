/** What is asked of a run, within bounds that no run exceeds. */
import { parseArgs } from "node:util";

export interface Options {
  /** Name of the Pulumi stack. */
  readonly stack: string;
  /** People who ask at the same time. */
  readonly users: number;
  /** How long each page is measured in each round, after its warm-up. */
  readonly seconds: number;
  /** How often each page is measured, on both sides. */
  readonly rounds: number;
}

const BOUNDS = {
  users: { preset: 50, most: 200 },
  seconds: { preset: 10, most: 60 },
  rounds: { preset: 4, most: 10 },
} as const;

export const USAGE = "usage: npm run bench -- --stack STACK [--users NUMBER] [--seconds NUMBER] [--rounds NUMBER]";

export const HELP = `${USAGE}

Measures pages of a running stack on this machine, and the same pages of the same application, data and images in the seed's own way
of running, which it deploys beside the stack for as long as it takes. RESULTS=FILE keeps what it prints.

  --stack STACK     the Pulumi stack
  --users NUMBER    people who ask at the same time (default: ${BOUNDS.users.preset}, at most ${BOUNDS.users.most})
  --seconds NUMBER  how long each page is measured in each round (default: ${BOUNDS.seconds.preset}, at most ${BOUNDS.seconds.most})
  --rounds NUMBER   rounds; the two sides take turns in going first (default: ${BOUNDS.rounds.preset}, at most ${BOUNDS.rounds.most})

Exit code: 0 measured, 1 not measured.`;

const numberOf = (name: keyof typeof BOUNDS, text: string | undefined): number => {
  const { preset, most } = BOUNDS[name];
  const value = text === undefined ? preset : /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most) {
    throw new Error(`--${name} takes a whole number from 1 to ${most}, not "${text ?? ""}"`);
  }
  return value;
};

/**
 * Reads the command line.
 * @returns undefined when help is asked for
 * @throws Error with one line of what is wrong
 */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { stack, help, ...numbers } = parseArgs({
    args: [...args],
    options: {
      stack: { type: "string" },
      users: { type: "string" },
      seconds: { type: "string" },
      rounds: { type: "string" },
      help: { type: "boolean", default: false },
    },
  }).values;
  if (help) {
    return undefined;
  }
  if (stack === undefined) {
    throw new Error("which stack?");
  }
  return {
    stack,
    users: numberOf("users", numbers.users),
    seconds: numberOf("seconds", numbers.seconds),
    rounds: numberOf("rounds", numbers.rounds),
  };
}

/**
 * Lets only addresses of this machine pass: nothing else is ever put under load.
 * @throws Error with what to do
 */
export function onThisMachine(url: string): URL {
  const parsed = new URL(url);
  if (parsed.protocol !== "http:" || !/^(localhost|127(\.[0-9]+){3}|\[::1\])$/.test(parsed.hostname)) {
    throw new Error(`the stack's address is ${url}; only stacks that answer at http://127.0.0.1 are put under load`);
  }
  return parsed;
}

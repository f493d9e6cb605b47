/** The command line of `npm run restore`. */
import { parseArgs } from "node:util";

import { isMoment } from "../config";

export interface Options {
  readonly stack: string;
  readonly to?: string | undefined;
  readonly from?: string | undefined;
}

export const USAGE = "usage: npm run restore -- --stack STACK [--to TIME] [--from NAMESPACE]";
export const HELP = `${USAGE}

Brings up a stack that has no data yet with that of backups: MySQL from the last full backup before TIME and the binary logs after it, up
to the last transaction that was committed at TIME; Redis and uploaded files from their last backup before TIME. Then slaves, migrations and the web come up as
always. Nothing is changed where there is data already, and uploaded files are added; what was cut short is repeated by the same command.

  --stack STACK      the stack to fill: configured, with \`backup\` and its secrets, and not up
  --to TIME          a moment in UTC, such as 2026-01-31T12:00:00Z, with fractions of a second if you like
                     (default: as far as the backups lead)
  --from NAMESPACE   whose backups: the namespace of the stack that made them (default: this stack's own)

Exit codes: 0 restored; 1 not restored, and why; 2 the command line is wrong.`;

/**
 * @returns undefined when help is asked for
 * @throws Error with one line of what is wrong
 */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { stack, to, from, help } = parseArgs({
    args: [...args],
    options: {
      stack: { type: "string" },
      to: { type: "string" },
      from: { type: "string" },
      help: { type: "boolean", default: false },
    },
  }).values;
  if (help) {
    return undefined;
  }
  if (stack === undefined) {
    throw new Error("which stack?");
  }
  if (to !== undefined && !isMoment(to)) {
    throw new Error(`--to ${to}: a time in UTC is wanted, such as 2026-01-31T12:00:00Z`);
  }
  return { stack, to, from };
}

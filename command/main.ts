/** What the commands of this repository have in common: a command line, help, one line for what went wrong, an exit code. */

export interface Command<Options> {
  readonly usage: string;
  readonly help: string;
  /**
   * Reads the command line.
   * @returns undefined when help is asked for
   * @throws Error with one line of what is wrong
   */
  readonly parse: (args: readonly string[]) => Options | undefined;
  /** Does it; the exit code. */
  readonly run: (options: Options) => Promise<number>;
  /** Exit codes of a command line that is refused, and of a run that failed. */
  readonly codes: { readonly refused: number; readonly failed: number };
  /** What comes before the message of a run that failed. @default nothing */
  readonly failure?: string;
}

async function execute<Options>({ usage, help, parse, run, codes, failure = "" }: Command<Options>): Promise<number> {
  let options: Options | undefined;
  try {
    options = parse(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    return codes.refused;
  }
  if (options === undefined) {
    console.log(help);
    return 0;
  }
  try {
    return await run(options);
  } catch (error) {
    console.error(`${failure}${(error as Error).message}`);
    return codes.failed;
  }
}

/** Runs a command as this process, whose exit code is the command's. */
export function main<Options>(command: Command<Options>): void {
  void execute(command).then((code) => {
    process.exitCode = code;
  });
}

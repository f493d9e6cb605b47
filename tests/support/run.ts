import { spawn } from "node:child_process";

/** What a finished command left behind. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  /** Both streams in the order they came: what a person would have seen. */
  readonly output: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** @default the project's root */
  readonly cwd?: string;
}

/** Runs a command to its end, whatever its exit code. */
export const run = (command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...options.env }, cwd: options.cwd });
    let stdout = "";
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code: code ?? 1, stdout, output });
    });
    // A command that ends without reading its input is judged by its exit code.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input);
  });

/**
 * Kills a command, and all that it started, as soon as a condition is met; throws when it ended before.
 * @param due repeated until it no longer throws
 */
export async function killWhen(
  command: string,
  args: readonly string[],
  options: RunOptions,
  seconds: number,
  due: () => Promise<void>,
): Promise<void> {
  const env = { ...process.env, ...options.env };
  // Its own process group, so that a single signal reaches all of it.
  const child = spawn(command, args, { env, cwd: options.cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const seen = { ended: false };
  const end = new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => {
      seen.ended = true;
      resolve();
    });
  });
  try {
    await eventually(seconds, async () => {
      if (!seen.ended) {
        await due();
      }
    });
    if (seen.ended) {
      throw new Error(`${[command, ...args].join(" ")} ended before it could be killed:\n${output}`);
    }
  } finally {
    if (!seen.ended && child.pid !== undefined) {
      process.kill(-child.pid, "SIGKILL");
    }
    await end;
  }
}

/** Runs a command that must succeed; throws with all that it printed when it doesn't. */
export async function succeed(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, output } = await run(command, args, options);
  if (code !== 0) {
    throw new Error(`${[command, ...args].join(" ")} exited with ${code}:\n${output}`);
  }
  return stdout;
}

/** Repeats a check until it no longer throws; throws its last error when `seconds` are over. */
export async function eventually<T>(seconds: number, check: () => Promise<T>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

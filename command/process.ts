/** Commands of this machine. */
import { ChildProcessWithoutNullStreams, spawn } from "node:child_process";

/** Seconds that a client has to end when its input has. */
const CLOSE_SECONDS = 5;

/** A command that did not do what it should; the message is its own, on one line. */
export class CommandError extends Error {}

/** Starts a command; `failure` is what it said on its standard error, as an error. */
function start(command: string, args: readonly string[]) {
  const child = spawn(command, args);
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  // A command that ends without reading its input is judged by its exit code.
  child.stdin.on("error", () => undefined);
  child.stdout.setEncoding("utf8");
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", (error) => {
      reject(new CommandError(`${command} could not be started: ${error.message}`));
    });
    child.on("close", (code) => {
      resolve(code ?? 1);
    });
  });
  const failure = (code: number) =>
    new CommandError(said.trim().replace(/\s*\n\s*/g, " ") || `${command} ended with code ${code}`);
  return { child, ended, failure };
}

const kill = (child: ChildProcessWithoutNullStreams) => () => {
  child.kill();
};

/** Runs a command to its end, for at most so many seconds; what it printed. */
export async function output(command: string, args: readonly string[], input = "", seconds = 60): Promise<string> {
  const { child, ended, failure } = start(command, args);
  let text = "";
  child.stdout.on("data", (more: string) => {
    text += more;
  });
  child.stdin.end(input);
  const timer = setTimeout(kill(child), seconds * 1000);
  const code = await ended.finally(() => {
    clearTimeout(timer);
  });
  if (code !== 0) {
    throw failure(code);
  }
  return text;
}

/** Runs a command to its end, for everybody to see; its exit code. */
export const show = (command: string, args: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", (error) => {
      reject(new CommandError(`${command} could not be started: ${error.message}`));
    });
    child.on("close", (code) => {
      resolve(code ?? 1);
    });
  });

/** A client that takes statements at its input and answers each at its output, until it is closed. */
export interface Session {
  /** The lines that a client prints until the one that `statements` end with; an error ends the session. */
  readonly ask: (statements: string, lastLine: string, seconds: number) => Promise<string[]>;
  readonly close: () => void;
}

/** Starts a client that stays. */
export function session(command: string, args: readonly string[]): Session {
  const { child, ended, failure } = start(command, args);
  let text = "";
  let look: () => void = () => undefined;
  child.stdout.on("data", (more: string) => {
    text += more;
    look();
  });
  const failed = ended.then((code) => {
    throw failure(code);
  });
  // Nobody may be asking when it ends.
  failed.catch(() => undefined);
  return {
    ask: (statements, lastLine, seconds) => {
      const end = `${lastLine}\n`;
      const answered = new Promise<string[]>((resolve) => {
        look = () => {
          if (`\n${text}`.endsWith(`\n${end}`)) {
            const lines = text.split("\n").slice(0, -2);
            text = "";
            resolve(lines);
          }
        };
      });
      const timer = setTimeout(kill(child), seconds * 1000);
      child.stdin.write(`${statements}\n`);
      return Promise.race([answered, failed]).finally(() => {
        clearTimeout(timer);
      });
    },
    close: () => {
      child.stdin.end();
      const timer = setTimeout(kill(child), CLOSE_SECONDS * 1000);
      ended
        .finally(() => {
          clearTimeout(timer);
        })
        .catch(() => undefined);
    },
  };
}

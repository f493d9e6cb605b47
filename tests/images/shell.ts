import { spawnSync } from "child_process";
import { resolve } from "path";

const DOCKER = resolve(__dirname, "../../docker");

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a script of bash or sh after libraries of an image, with nothing but the given variables in its environment. */
export const runner =
  (shell: "bash" | "sh", ...libraries: string[]) =>
  (script: string, env: Record<string, string> = {}): Ended => {
    const { status, stdout, stderr } = spawnSync(
      shell,
      ["-uc", [...libraries.map((library) => `. ${DOCKER}/${library}`), script].join("\n")],
      {
        env: { PATH: process.env.PATH, ...env },
        encoding: "utf8",
        // A shell with a socket for its input reads the start-up files of a remote login.
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    return { code: status, output: stdout + stderr };
  };

export const mysqlServer = runner("bash", "mysql-master/lib/server.sh");
export const redis = runner(
  "sh",
  ...["log", "data", "tls", "server", "ask", "history", "peers", "recovery", "master"].map(
    (part) => `redis-master/lib/${part}.sh`,
  ),
  "redis-slave/lib/follow.sh",
);

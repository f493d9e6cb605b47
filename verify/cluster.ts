/** Access to the pods of a stack, by kubectl. */
import { CommandError, output, session, Session } from "../command/process";
import { kubectlOptions, Target } from "../command/target";
import { parsePods, Pod, ROLES } from "./pods";

const DELIMITER = "//end//";
// No password travels: the container's own user is let in at the socket.
const MYSQL = [
  "mysql",
  "--no-defaults",
  "--user=pod_admin",
  "--socket=/run/mysqld/mysqld.sock",
  "--connect-timeout=5",
  "--default-character-set=utf8mb4",
  "--batch",
  "--raw",
  "--unbuffered",
  "--skip-column-names",
  // Statements up to it go to the server as one request and run without the client in between.
  `--delimiter=${DELIMITER}`,
];
/** A server that says nothing for so long is taken for dead. */
const ANSWER_SECONDS = 20;
const END = "--end of the answer--";

/** A connection to a MySQL server. */
export interface MysqlSession {
  /** Lines of tab-separated columns. */
  readonly query: (statements: string, seconds?: number) => Promise<string[]>;
  readonly close: () => void;
}

export class Cluster {
  constructor(private readonly target: Target) {}

  /** All pods of databases, ready or not. */
  async pods(): Promise<Pod[]> {
    // An empty list is the answer for a namespace that does not exist, too.
    await this.kubectl("get", "namespace", this.target.namespace);
    return parsePods(await this.kubectl("get", "pods", "--selector", `name in (${ROLES.join(",")})`, "-o", "json"));
  }

  /** What the pod's own readiness probe says. */
  async readiness(pod: Pod): Promise<string> {
    const script = "healthcheck ready || true";
    return (await this.kubectl("exec", pod.name, "--container", containerOf(pod), "--", "sh", "-c", script)).trim();
  }

  async mysql(pod: Pod): Promise<MysqlSession> {
    const client: Session = session(
      "kubectl",
      this.args("exec", "-i", pod.name, "-c", containerOf(pod), "--", ...MYSQL),
    );
    const query = (statements: string, seconds = ANSWER_SECONDS) =>
      client.ask(`${statements}\nSELECT '${END}' ${DELIMITER}`, END, seconds);
    // A session that cannot write is a promise kept by the server. A table that is being altered is not waited for.
    await query("SET SESSION transaction_read_only = ON, lock_wait_timeout = 10;");
    return { query, close: client.close };
  }

  /** What a script prints that talks to the pod's server with `redis-cli`; the password never leaves the pod. */
  redis(pod: Pod, script: string): Promise<string> {
    const whole = `export REDISCLI_AUTH="$REDIS_PASSWORD"; ${script}`;
    return this.kubectl("exec", pod.name, "--container", containerOf(pod), "--", "sh", "-c", whole);
  }

  /** The command line that does something with kubectl here, for people. */
  command(...args: readonly string[]): string {
    return ["kubectl", ...this.args(...args)].join(" ");
  }

  private args(...args: readonly string[]): string[] {
    return [...kubectlOptions(this.target), ...args];
  }

  private kubectl(...args: readonly string[]): Promise<string> {
    return output("kubectl", this.args(...args));
  }
}

const containerOf = ({ role }: Pod): string => (role.startsWith("mysql") ? "mysql" : "redis");

/** What a server answered, or why it did not. */
export type Answer<T> = { readonly pod: Pod; readonly state: T } | { readonly pod: Pod; readonly error: string };

/** What those answered that did. */
export const statesOf = <T>(answers: readonly Answer<T>[]): T[] =>
  answers.flatMap((answer) => ("state" in answer ? [answer.state] : []));

/** Reads something from a pod; what goes wrong becomes the answer. */
export async function answerOf<T>(pod: Pod, read: () => Promise<T>): Promise<Answer<T>> {
  if (!pod.running) {
    return { pod, error: "its container does not run" };
  }
  try {
    return { pod, state: await read() };
  } catch (error) {
    if (error instanceof CommandError) {
      return { pod, error: error.message };
    }
    throw error;
  }
}

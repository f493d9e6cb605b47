/** npm run restore: brings up a stack without data with that of backups. */
import { main } from "../command/main";
import { PodLogs } from "../command/podLogs";
import { output } from "../command/process";
import { pulumi, showPulumi } from "../command/project";
import { kubectlOptions, stackTarget, Target } from "../command/target";
import { obstacle, PodNames } from "./obstacle";
import { HELP, Options, parseOptions, USAGE } from "./options";

/** The pods of Jobs that restore. */
const RESTORING = "name in (mysql-restore, redis-restore, web-restore)";
/** How many there are: each says at its end what it has restored. */
const PARTS = 3;
/** Milliseconds between two looks at what they say. */
const LOOK_MILLISECONDS = 2000;
/** Seconds that the removal of their Jobs may take. */
const TIDY_SECONDS = 600;

async function podsOf(target: Target): Promise<PodNames[]> {
  const answer = await output("kubectl", [...kubectlOptions(target), "get", "pods", "--output=json"]);
  return (JSON.parse(answer) as { items: PodNames[] }).items;
}

/** Does something, and meanwhile prints what the Jobs say; what came of it, and the lines that sum up. */
async function watched<T>(target: Target, work: Promise<T>): Promise<{ result: T; summary: string[] }> {
  const summary: string[] = [];
  const logs = new PodLogs(target, "restore", (line) => {
    console.log(line);
    if (line.includes(" RESTORED ")) {
      summary.push(line.replace(/^.* RESTORED /, ""));
    }
  });
  const state = { ended: false };
  const result = work.finally(() => {
    state.ended = true;
  });
  while (!state.ended) {
    // An answer that fails to come is had the next time.
    await logs.look(RESTORING).catch(() => undefined);
    await Promise.race([
      result.catch(() => undefined),
      new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS)),
    ]);
  }
  await logs.look(RESTORING).catch(() => undefined);
  return { result: await result, summary };
}

async function restore({ stack, to, from }: Options): Promise<number> {
  const target = await stackTarget(stack);
  const why = obstacle(target.namespace, await podsOf(target));
  if (why !== undefined) {
    throw new Error(why);
  }
  const set = (key: string, value: string) =>
    pulumi(["config", "set", "--stack", stack, "--path", `restore.${key}`, value]);
  const up = ["up", "--stack", stack, "--yes", "--skip-preview"];
  console.log(
    `Bringing ${stack} up with the backups of ${from ?? target.namespace}, ${to === undefined ? "as far as they lead" : `as of ${to}`}.`,
  );
  try {
    await set("request", `r${Date.now()}`);
    await (to === undefined ? undefined : set("to", to));
    await (from === undefined ? undefined : set("from", from));
    const { result, summary } = await watched(target, showPulumi(up));
    if (result !== 0) {
      throw new Error(
        summary.length === PARTS
          ? `The data is restored, but the stack did not come up; the lines above say why. Next: pulumi up --stack ${stack}`
          : "The lines above say why. No server was started, and nothing is half restored. Next: the same command again",
      );
    }
    console.log(["", "Restored:", ...summary.map((line) => `  ${line}`)].join("\n"));
  } finally {
    await pulumi(["config", "rm", "--stack", stack, "restore"]);
  }
  // The Jobs go, so that the stack is as any other.
  await pulumi(up, TIDY_SECONDS);
  console.log(`Next: npm run verify -- --stack ${stack}`);
  return 0;
}

main({
  usage: USAGE,
  help: HELP,
  parse: parseOptions,
  run: restore,
  codes: { refused: 2, failed: 1 },
  failure: "not restored: ",
});

/** npm run backup: backs a stack up at once, and waits for it. */
import { parseArgs } from "node:util";

import { main } from "../command/main";
import { PodLogs } from "../command/podLogs";
import { CommandError, output } from "../command/process";
import { kubectlOptions, stackTarget, Target } from "../command/target";

/** In this order: the binary logs lead on from the full backup. */
const CRON_JOBS = ["mysql-backup", "mysql-logs-backup", "redis-backup", "web-backup"];
/** Milliseconds between two looks at a Job. */
const LOOK_MILLISECONDS = 1000;

const USAGE = "usage: npm run backup -- --stack STACK";
const HELP = `${USAGE}

Backs up MySQL, its binary logs, Redis and uploaded files at once, as the stack's CronJobs do at their times, and shows what they say.

Exit codes: 0 all is backed up; 1 something is not, and why; 2 the command line is wrong.`;

interface Job {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Runs a CronJob's Job to its end; throws when it fails. */
async function runNow(target: Target, cronJob: string): Promise<void> {
  const kubectl = (...args: string[]) => output("kubectl", [...kubectlOptions(target), ...args]);
  const name = `${cronJob}-${Date.now().toString(36)}`;
  await kubectl("create", "job", name, `--from=cronjob/${cronJob}`).catch((error: unknown) => {
    const absent = error instanceof CommandError && error.message.includes("NotFound");
    throw absent
      ? new Error(`${target.namespace} has no CronJob ${cronJob}. Next: set \`backup\`, then pulumi up`)
      : error;
  });
  const logs = new PodLogs(target, "backup", console.log);
  for (;;) {
    const { status } = JSON.parse(await kubectl("get", "job", name, "--output=json")) as Job;
    await logs.look(`job-name=${name}`);
    const is = (type: string) => (status.conditions ?? []).some((one) => one.type === type && one.status === "True");
    if (is("Complete")) {
      return;
    }
    if (is("Failed")) {
      throw new Error(`${name} failed. Next: the lines above, and docs/runbook.md, "A backup failed"`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS));
  }
}

async function backup(stack: string): Promise<number> {
  const target = await stackTarget(stack);
  for (const cronJob of CRON_JOBS) {
    await runNow(target, cronJob);
  }
  return 0;
}

/** The stack that is named. */
function parseOptions(args: readonly string[]): string | undefined {
  const options = { stack: { type: "string" }, help: { type: "boolean", default: false } } as const;
  const { stack, help } = parseArgs({ args: [...args], options }).values;
  if (!help && stack === undefined) {
    throw new Error("which stack?");
  }
  return help ? undefined : stack;
}

main({
  usage: USAGE,
  help: HELP,
  parse: parseOptions,
  run: backup,
  codes: { refused: 2, failed: 1 },
  failure: "not backed up: ",
});

import path from "node:path";

import { expect } from "chai";

import { eventually } from "../../support/run";
import { kubectl } from "./cluster";
import { dataRoot } from "./stack";

/** Where the volume of backups is on the node. */
export const repository = path.join(dataRoot, "backup");
/** On the first of January: the tests start them. */
const never = "0 0 1 1 *";
/** Backups to a volume, when a test says. */
export const backup = {
  schedule: never,
  logsSchedule: never,
  redisSchedule: never,
  uploadsSchedule: never,
  storage: { path: repository },
};
const JOB_SECONDS = 180;

interface Job {
  readonly spec: { readonly template: { readonly spec: { readonly containers: { command: string[] }[] } } };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Starts a CronJob's Job, with another command if it is given, and waits for its end; what it said. */
export async function job(cronJob: string, command?: readonly string[]): Promise<{ failed: boolean; said: string }> {
  const name = `${cronJob}-${Date.now().toString(36)}`;
  const made = ["create", "job", name, `--from=cronjob/${cronJob}`, "--dry-run=client", "-o", "json"];
  const object = JSON.parse(await kubectl(made)) as Job & { spec: { backoffLimit: number } };
  object.spec.backoffLimit = 0;
  if (command !== undefined) {
    for (const container of object.spec.template.spec.containers) {
      container.command = [...command];
    }
  }
  await kubectl(["create", "-f", "-"], JSON.stringify(object));
  const failed = await eventually(JOB_SECONDS, async () => {
    const { status } = JSON.parse(await kubectl(["get", "job", name, "-o", "json"])) as Job;
    const end = (status.conditions ?? []).find(
      (one) => ["Complete", "Failed"].includes(one.type) && one.status === "True",
    );
    if (end === undefined) {
      throw new Error(`${name} has not ended`);
    }
    return end.type === "Failed";
  });
  return { failed, said: await kubectl(["logs", `job/${name}`, "-c", "backup"]) };
}

/** A Job that must succeed; what it said. */
export async function succeeded(cronJob: string, command?: readonly string[]): Promise<string> {
  const { failed, said } = await job(cronJob, command);
  expect(failed, said).to.equal(false);
  return said;
}

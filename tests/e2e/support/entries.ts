import { mysql, onlyPod } from "./cluster";

/** Which of these marks are in no entry that the master has. */
export async function missing(marks: readonly string[]): Promise<string[]> {
  const entries = await mysql(await onlyPod("mysql-master"), "SELECT answers FROM form.forms_entry");
  const kept = entries.flat().join("\n");
  return marks.filter((mark) => !kept.includes(mark));
}

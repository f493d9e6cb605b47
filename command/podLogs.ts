/** What pods say, as it comes. */
import { output } from "./process";
import { kubectlOptions, Target } from "./target";

/** Prints what pods with a label say, each line once. */
export class PodLogs {
  private readonly printed = new Map<string, number>();

  constructor(
    private readonly target: Target,
    private readonly container: string,
    private readonly print: (line: string) => void,
  ) {}

  /** Prints what is new; a pod that has not begun, or is no more, says nothing. */
  async look(selector: string): Promise<void> {
    const kubectl = (...args: string[]) => output("kubectl", [...kubectlOptions(this.target), ...args]);
    const pods = await kubectl("get", "pods", "--selector", selector, "--output=name");
    for (const pod of pods.split("\n").filter((name) => name !== "")) {
      const text = await kubectl("logs", pod, `--container=${this.container}`).catch(() => "");
      const lines = text.split("\n").slice(0, -1);
      lines.slice(this.printed.get(pod) ?? 0).forEach(this.print);
      this.printed.set(pod, Math.max(lines.length, this.printed.get(pod) ?? 0));
    }
  }
}

/** What a run makes in the stack's namespace, and removes again. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { output } from "../command/process";
import { kubectlOptions, Target } from "../command/target";
import { isReady, Pod } from "../tests/support/cluster";
import { seedOf, WebPod } from "./seed";

const SLUG = "k8s-web-bench";
/** What every page that is measured has in it. */
export const TITLE = "Bench of k8s-web";
export const ENTRIES = 1000;

export const PAGES = {
  "list of forms": "/",
  "list of entries": `/forms/${SLUG}/`,
  form: `/forms/${SLUG}/new/`,
} as const;
export type PageName = keyof typeof PAGES;

const SEED = "bench-seed";
const KINDS = "replicationcontroller,service,networkpolicy,configmap";
/** Seconds that pods may take to start or to end. */
const PODS_SECONDS = 180;

const read = (file: string) => readFileSync(path.join(__dirname, file), "utf8");

/** The namespace of a stack. */
export class Place {
  constructor(private readonly target: Target) {}

  /**
   * The ready pods of the stack's web.
   * @throws Error when there are none
   */
  async webPods(): Promise<[WebPod, ...WebPod[]]> {
    const { items } = JSON.parse(await this.kubectl(["get", "pods", "-l", "name=dabacluster", "-o", "json"])) as {
      items: (WebPod & Pod)[];
    };
    const [first, ...others] = items.filter(isReady);
    if (first === undefined) {
      throw new Error(`no pod of the web is ready in namespace ${this.target.namespace}. Next: make status`);
    }
    return [first, ...others];
  }

  /** Deploys the seed's way beside the stack; the port of each node that it answers at. */
  async deploySeed(pod: WebPod): Promise<number> {
    const items = seedOf(read("seed.yaml"), pod);
    await this.kubectl(["create", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    const ready = "--for=jsonpath={.status.readyReplicas}=3";
    await this.kubectl(["wait", ready, `rc/${SEED}`, `--timeout=${PODS_SECONDS}s`], "", PODS_SECONDS + 10);
    return Number(await this.kubectl(["get", "service", SEED, "-o", "jsonpath={.spec.ports[0].nodePort}"]));
  }

  /** Removes the seed's way, if it is there, with its pods. */
  async removeSeed(): Promise<void> {
    const how = ["--ignore-not-found", "--cascade=foreground", "--wait", `--timeout=${PODS_SECONDS}s`];
    await this.kubectl(["delete", KINDS, SEED, ...how], "", PODS_SECONDS + 10);
  }

  /** Makes the form with its entries. */
  makeForm(pod: WebPod): Promise<void> {
    return this.form(pod, "make");
  }

  /** Removes the form, if it is there. */
  removeForm(pod: WebPod): Promise<void> {
    return this.form(pod, "remove");
  }

  private async form(pod: WebPod, command: "make" | "remove"): Promise<void> {
    const python = ["python", "-", command, SLUG, TITLE, String(ENTRIES)];
    await this.kubectl(["exec", "-i", pod.metadata.name, "-c", "dabaweb", "--", ...python], read("form.py"));
  }

  private kubectl(args: readonly string[], input = "", seconds?: number): Promise<string> {
    return output("kubectl", [...kubectlOptions(this.target), ...args], input, seconds);
  }
}

/** The images of a stack. */
import { output } from "../command/process";
import { kubectlOptions, Target } from "../command/target";

/** What is used of a pod. */
interface Pod {
  readonly spec: Readonly<Record<"initContainers" | "containers", readonly { readonly image: string }[] | undefined>>;
}

/** The images that a stack's pods are made of, each once. */
export async function imagesOf(target: Target): Promise<string[]> {
  const pods = JSON.parse(await output("kubectl", [...kubectlOptions(target), "get", "pods", "-o", "json"])) as {
    items: readonly Pod[];
  };
  const containers = pods.items.flatMap(({ spec }) => [...(spec.initContainers ?? []), ...(spec.containers ?? [])]);
  return [...new Set(containers.map(({ image }) => image))].sort();
}

/**
 * Name of the file for an image: its own name, and what tells its versions apart.
 * @param reference with a digest or a tag, e.g. registry.example/k8s-web/dabaweb@sha256:1a2b…
 */
export function fileNameOf(reference: string): string {
  const [, name = "", tag, digest] = /([^/:@]+)(?::([^/@]+))?(?:@sha256:([0-9a-f]+))?$/.exec(reference) ?? [];
  return `${name}-${digest?.slice(0, 12) ?? tag ?? "latest"}.spdx.json`;
}

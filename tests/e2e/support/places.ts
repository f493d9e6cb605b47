import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

import { read } from "../../support/node";
import { run, succeed } from "../../support/run";
import { kubectl } from "./cluster";
import { NAMESPACE } from "./stack";

/*
 * Where a secret could be left, as texts and streams to search, each with a name for messages.
 */

export interface Place {
  readonly name: string;
  readonly content: string | Readable;
}

interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly restartCount: number;
}

interface PodOfStack {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<"containers" | "initContainers", readonly { readonly image: string }[] | undefined>>;
  readonly status: {
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

const podsOfStack = async (): Promise<PodOfStack[]> =>
  (JSON.parse(await kubectl(["get", "pods", "-o", "json"])) as { items: PodOfStack[] }).items;

const containersOf = ({ status }: PodOfStack): ContainerStatus[] => [
  ...(status.initContainerStatuses ?? []),
  ...(status.containerStatuses ?? []),
];

/** Configuration and layers of every image of the stack's pods, from the registry. */
export async function* imageParts(): AsyncGenerator<Place> {
  const images = new Set(
    (await podsOfStack()).flatMap(({ spec }) =>
      [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map(({ image }) => image),
    ),
  );
  const seen = new Set<string>();
  for (const image of images) {
    const [, registry = "", repository = "", tag = "latest", digest] =
      /^([^/]+)\/([^:@]+)(?::([^@]+))?(?:@(.+))?$/.exec(image) ?? [];
    const get = async (what: string, accept: string): Promise<Response> => {
      const response = await fetch(`http://${registry}/v2/${repository}/${what}`, { headers: { Accept: accept } });
      if (!response.ok) {
        throw new Error(`${image}: HTTP ${response.status} for ${what}`);
      }
      return response;
    };
    const accept = ["oci.image.manifest.v1", "oci.image.index.v1", "docker.distribution.manifest.v2"]
      .map((type) => `application/vnd.${type}+json`)
      .join();
    const manifests = [digest ?? tag];
    for (let next = manifests.shift(); next !== undefined; next = manifests.shift()) {
      const manifest = (await (await get(`manifests/${next}`, accept)).json()) as {
        manifests?: { digest: string }[];
        config?: { digest: string };
        layers?: { digest: string; mediaType: string }[];
      };
      manifests.push(...(manifest.manifests ?? []).map(({ digest }) => digest));
      for (const part of [...(manifest.layers ?? []), { mediaType: "config", ...manifest.config }]) {
        if (part.digest === undefined || seen.has(part.digest)) {
          continue;
        }
        seen.add(part.digest);
        const { body } = await get(`blobs/${part.digest}`, "*/*");
        const blob = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
        const content = part.mediaType.endsWith("gzip") ? blob.pipe(createGunzip()) : blob;
        yield { name: `${repository.split("/").at(-1) ?? ""}: ${part.mediaType} ${part.digest}`, content };
      }
    }
  }
}

/** What each container's processes have as environment and arguments, as the node sees it; the name is part/container. */
export async function processesOfContainers(): Promise<Place[]> {
  const names = new Map(
    (await podsOfStack()).flatMap((pod) =>
      containersOf(pod).map(({ name, containerID = "" }): [string, string] => [
        containerID.replace(/^\w+:\/\//, ""),
        `${pod.metadata.labels["name"] ?? pod.metadata.name}/${name}`,
      ]),
    ),
  );
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((id) => {
      const [, container = ""] = /\/([0-9a-f]{64})$/m.exec(read(`/proc/${id}/cgroup`)) ?? [];
      const name = names.get(container);
      return name === undefined ? [] : [{ name, content: read(`/proc/${id}/environ`) + read(`/proc/${id}/cmdline`) }];
    });
}

/** Takes down the arguments of every process of the node, until told to stop; one text. */
export function watchProcessList(): () => string {
  const seen = new Set<string>();
  const look = () => {
    for (const id of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
      seen.add(read(`/proc/${id}/cmdline`).replaceAll("\0", " "));
    }
  };
  look();
  const timer = setInterval(look, 100);
  return () => {
    clearInterval(timer);
    return [...seen].join("\n");
  };
}

/** The logs of all containers, also those of containers that were restarted. */
export async function logs(): Promise<Place[]> {
  const places: Place[] = [];
  for (const pod of await podsOfStack()) {
    for (const { name, restartCount } of containersOf(pod)) {
      const where = ["--namespace", NAMESPACE, "logs", pod.metadata.name, "-c", name];
      places.push({ name: `${pod.metadata.name}/${name}`, content: await succeed("kubectl", where) });
      if (restartCount > 0) {
        // The node may have thrown them away.
        const { stdout } = await run("kubectl", [...where, "--previous"]);
        places.push({ name: `${pod.metadata.name}/${name}, before`, content: stdout });
      }
    }
  }
  return places;
}

/** Every object of every kind that the API server lists, events among them; of Secrets, all but their data. */
export async function objects(): Promise<Place[]> {
  const list = await succeed("kubectl", ["api-resources", "--verbs=list", "-o", "name"]);
  const kinds = list
    .split("\n")
    .filter((kind) => kind !== "" && kind !== "secrets" && !kind.endsWith("metrics.k8s.io"));
  const get = (kind: string) => succeed("kubectl", ["get", kind, "-A", "-o", "json", "--show-managed-fields"]);
  const secrets = JSON.parse(await get("secrets")) as { items: { metadata: object; type: string }[] };
  return [
    ...(await Promise.all(kinds.map(async (kind) => ({ name: kind, content: await get(kind) })))),
    {
      name: "secrets without their data",
      content: JSON.stringify(secrets.items.map(({ metadata, type }) => ({ metadata, type }))),
    },
  ];
}

/** The cluster's own logs, where this machine has them. */
export function clusterLogs(): Place[] {
  const folder = path.join(path.dirname(process.env["KUBECONFIG"] ?? ""), "logs");
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => ({ name, content: readFileSync(path.join(folder, name), "utf8") }));
}

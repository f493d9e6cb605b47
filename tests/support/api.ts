import { readFileSync } from "node:fs";
import { get, RequestOptions } from "node:https";

import { parse } from "yaml";

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
  readonly users: readonly { readonly user: Readonly<Record<string, string>> }[];
}

/** Longest time, in milliseconds, for an answer. */
const PATIENCE_MS = 30_000;

interface Server {
  readonly address: string;
  /** How it is told who asks. */
  readonly options: RequestOptions;
}

/** The embedded cluster's API server. */
function server(): Server {
  const { clusters, users } = parse(readFileSync(process.env["KUBECONFIG"] ?? "", "utf8")) as Kubeconfig;
  const [{ cluster } = { cluster: {} }, { user } = { user: {} }] = [clusters[0], users[0]];
  const decoded = (value: string | undefined) => Buffer.from(value ?? "", "base64");
  return {
    address: cluster["server"] ?? "",
    options: {
      ca: decoded(cluster["certificate-authority-data"]),
      cert: decoded(user["client-certificate-data"]),
      key: decoded(user["client-key-data"]),
      timeout: PATIENCE_MS,
    },
  };
}

let known: Server | undefined;

/**
 * What the API server answers, without a process of kubectl's: tests look at pods again and again, and those took a tenth of the
 * machine.
 * @param path e.g. /api/v1/namespaces/default/pods
 */
export function ask<T>(path: string): Promise<T> {
  const { address, options } = (known ??= server());
  return new Promise((resolve, reject) => {
    const asked = get(new URL(path, address), options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) {
          resolve(JSON.parse(text) as T);
        } else {
          reject(new Error(`the API server answers ${path} with ${response.statusCode}: ${text}`));
        }
      });
    });
    asked.on("error", reject);
    asked.on("timeout", () => asked.destroy(new Error(`the API server does not answer ${path}`)));
  });
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { eventually } from "./run";

/** An ingress controller, which serves what the Ingresses of a namespace say. */
export interface IngressController {
  /** Where it answers on the usual ports, HTTPS on 443 and HTTP on 80. */
  readonly address: string;
  /** Ends it. */
  readonly close: () => Promise<void>;
}

/** Of loopback too, but not where other servers of this machine are. */
const ADDRESS = "127.0.0.2";
const START_SECONDS = 60;

/** Starts a process that stays; what ends it. */
function start(command: string, args: readonly string[]) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(child, "exit");
  const close = async () => {
    child.kill();
    await ended;
  };
  return { child, close };
}

/** Starts Skipper on this machine, on the cluster of the environment; it reaches the pods as the node does. */
export async function ingressController(skipper: string, namespace: string): Promise<IngressController> {
  // It logs in to no API server outside the cluster.
  const api = start("kubectl", ["proxy", "--port=0"]);
  const [line] = (await once(createInterface(api.child.stdout), "line")) as [string];
  const server = /127\.0\.0\.1:\d+/.exec(line)?.[0];
  if (server === undefined) {
    await api.close();
    throw new Error(`kubectl proxy: ${line}`);
  }
  const controller = start(skipper, [
    "-kubernetes",
    `-kubernetes-url=http://${server}`,
    `-kubernetes-namespace=${namespace}`,
    "-kubernetes-enable-tls",
    "-enable-kubernetes-endpointslices",
    `-address=${ADDRESS}:443`,
    `-insecure-address=${ADDRESS}:80`,
    "-forwarded-headers=X-Forwarded-For,X-Forwarded-Proto=auto",
    "-support-listener=",
    "-proxy-preserve-host",
    "-access-log-disabled",
  ]);
  const close = async () => {
    await controller.close();
    await api.close();
  };
  try {
    await eventually(START_SECONDS, async () => {
      if (controller.child.exitCode !== null) {
        throw new Error(`${skipper} ended with ${controller.child.exitCode}`);
      }
      await fetch(`http://${ADDRESS}`, { redirect: "manual", signal: AbortSignal.timeout(5000) });
    });
  } catch (error) {
    await close();
    throw error;
  }
  return { address: ADDRESS, close };
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { eventually } from "./run";

/** An ingress controller, which serves what the Ingresses of a namespace say. */
export interface IngressController {
  /** Its port for HTTPS on loopback. */
  readonly securePort: number;
  /** Its port for HTTP on loopback. */
  readonly plainPort: number;
  /** Ends it. */
  readonly close: () => Promise<void>;
}

const SECURE_PORT = 18_443;
const PLAIN_PORT = 18_080;
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
  const address = /127\.0\.0\.1:\d+/.exec(line)?.[0];
  if (address === undefined) {
    await api.close();
    throw new Error(`kubectl proxy: ${line}`);
  }
  const controller = start(skipper, [
    "-kubernetes",
    `-kubernetes-url=http://${address}`,
    `-kubernetes-namespace=${namespace}`,
    "-kubernetes-enable-tls",
    "-enable-kubernetes-endpointslices",
    `-address=127.0.0.1:${SECURE_PORT}`,
    `-insecure-address=127.0.0.1:${PLAIN_PORT}`,
    "-forwarded-headers=X-Forwarded-For,X-Forwarded-Proto=auto",
    "-support-listener=",
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
      await fetch(`http://127.0.0.1:${PLAIN_PORT}`, { redirect: "manual", signal: AbortSignal.timeout(5000) });
    });
  } catch (error) {
    await close();
    throw error;
  }
  return { securePort: SECURE_PORT, plainPort: PLAIN_PORT, close };
}

import { Close, daemon } from "./daemon";

/** An ingress controller, which serves what the Ingresses of a namespace say. */
export interface IngressController {
  /** Where it answers on the usual ports, HTTPS on 443 and HTTP on 80. */
  readonly address: string;
  readonly close: Close;
}

/** Of loopback too, but not where other servers of this machine are. */
const ADDRESS = "127.0.0.2";
/** Where the API server's proxy answers. */
const API = `http://${ADDRESS}:8001`;

const asks = (url: string) => () => fetch(url, { redirect: "manual", signal: AbortSignal.timeout(5000) });

/** Starts Skipper on this machine, on the cluster of the environment; it reaches the pods as the node does. */
export async function ingressController(skipper: string, namespace: string): Promise<IngressController> {
  // Skipper logs in to no API server outside its cluster.
  const closeApi = await daemon(
    "kubectl",
    ["proxy", `--address=${ADDRESS}`, "--port=8001", `--accept-hosts=^${ADDRESS}$`],
    asks(`${API}/version`),
  );
  try {
    const closeController = await daemon(
      skipper,
      [
        "-kubernetes",
        `-kubernetes-url=${API}`,
        `-kubernetes-namespace=${namespace}`,
        "-kubernetes-enable-tls",
        "-enable-kubernetes-endpointslices",
        `-address=${ADDRESS}:443`,
        `-insecure-address=${ADDRESS}:80`,
        "-forwarded-headers=X-Forwarded-For,X-Forwarded-Proto=auto",
        "-support-listener=",
        "-proxy-preserve-host",
        "-access-log-disabled",
      ],
      asks(`http://${ADDRESS}`),
    );
    const close = async () => {
      await closeController();
      await closeApi();
    };
    return { address: ADDRESS, close };
  } catch (error) {
    await closeApi();
    throw error;
  }
}

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { succeed } from "./run";

/** PEM texts of a certificate that is its own authority, and of its key. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Makes one for a name, for one day. */
export async function selfSigned(host: string): Promise<KeyPair> {
  const directory = mkdtempSync(path.join(tmpdir(), "k8s-web-certificate-"));
  const [certificate, key] = [path.join(directory, "tls.crt"), path.join(directory, "tls.key")];
  try {
    await succeed("openssl", [
      ...["req", "-x509", "-days", "1", "-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`],
      ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-keyout", key, "-out", certificate],
    ]);
    return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

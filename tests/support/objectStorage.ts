import { Close, daemon } from "./daemon";

/** What a client of the storage signs its requests with. */
export interface AccessKey {
  readonly id: string;
  readonly secret: string;
}

export interface ObjectStorage {
  /** Where it answers. */
  readonly endpoint: string;
  /** A new access key: from now on the only one that it lets in. */
  readonly exchangeKey: () => Promise<AccessKey>;
  /** Names of what is in its bucket. */
  readonly keys: () => Promise<string[]>;
  /** One of these. */
  readonly read: (key: string) => Promise<Buffer>;
  /** Ends it; what was in it is gone. */
  readonly close: Close;
}

const USER = "backup";
const ALL_OF_S3 = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
});

const texts = (xml: string, element: string): string[] =>
  [...xml.matchAll(new RegExp(`<${element}>([^<]+)</${element}>`, "g"))].map(([, text]) => text ?? "");

/**
 * Storage with the protocol of S3, in memory, at an address of this machine, with one bucket. It checks the signature
 * of each request.
 */
export async function objectStorage(
  server: string,
  address: string,
  port: number,
  bucket: string,
): Promise<ObjectStorage> {
  const endpoint = `http://${address}:${port}`;
  const ask = async (service: string, path: string, request: RequestInit = {}): Promise<Response> => {
    const answer = await fetch(`${endpoint}/${path}`, {
      // Which of its services is meant, it reads from here.
      headers: { Authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request` },
      signal: AbortSignal.timeout(10_000),
      ...request,
    });
    if (!answer.ok) {
      throw new Error(`${path}: ${answer.status}`);
    }
    return answer;
  };
  const letIn = (unsigned: "all" | "none") =>
    ask("s3", "moto-api/reset-auth", { method: "POST", body: unsigned === "all" ? "inf" : "0" });
  /** The test has no key; for what it does itself, everybody is let in. */
  const withoutKey = async <T>(action: () => Promise<T>): Promise<T> => {
    await letIn("all");
    try {
      return await action();
    } finally {
      await letIn("none");
    }
  };
  const iam = async (action: string, parameters: Record<string, string> = {}): Promise<string> => {
    const body = new URLSearchParams({ Action: action, Version: "2010-05-08", UserName: USER, ...parameters });
    return (await ask("iam", "", { method: "POST", body })).text();
  };
  const get = (path: string) => withoutKey(() => ask("s3", path));

  const close = await daemon(server, ["-H", address, "-p", String(port)], () => ask("s3", "moto-api/data.json"));
  await withoutKey(async () => {
    await ask("s3", bucket, { method: "PUT" });
    await iam("CreateUser");
    await iam("PutUserPolicy", { PolicyName: "all", PolicyDocument: ALL_OF_S3 });
  });
  return {
    endpoint,
    exchangeKey: () =>
      withoutKey(async () => {
        for (const AccessKeyId of texts(await iam("ListAccessKeys"), "AccessKeyId")) {
          await iam("DeleteAccessKey", { AccessKeyId });
        }
        const made = await iam("CreateAccessKey");
        const [id = ""] = texts(made, "AccessKeyId");
        const [secret = ""] = texts(made, "SecretAccessKey");
        return { id, secret };
      }),
    keys: async () => texts(await (await get(`${bucket}?list-type=2`)).text(), "Key"),
    read: async (key) => Buffer.from(await (await get(`${bucket}/${key}`)).arrayBuffer()),
    close,
  };
}

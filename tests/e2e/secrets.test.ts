import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";

import { expect } from "chai";
import { stringify } from "yaml";

import { RawClient } from "../support/badClients/client";
import { empty } from "../support/node";
import { SecretSearch } from "../support/secretSearch";
import { backup, repository, succeeded } from "./support/backups";
import {
  clusterLogs,
  imageParts,
  logs,
  objects,
  Place,
  processesOfContainers,
  watchProcessList,
} from "./support/places";
import { kubectl } from "./support/cluster";
import { encrypted, NAMESPACE, NODE_PORT, pulumi, setting, up } from "./support/stack";

const SECRETS = ["mysqlRootPassword", "mysqlReplicationPassword", "mysqlPassword", "redisPassword", "djangoSecretKey"];
const BACKUP_SECRETS = ["backupPassword", "mysqlBackupPassword"];

/** Looked for like the secrets, and found: the proof, place by place, that the search can find. */
const PLANTED = "planted";
const MARK = `planted-${randomBytes(6).toString("hex")}.example`;
/** The same for images, which are built from files: what one of them says. */
const PLANTED_IN_IMAGE = "planted in an image";
const IN_IMAGE = "touch /tmp/draining";

/** What the processes of a container have in their environment because they need it themselves. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  // Signs in to both, and signs what browsers keep.
  "dabacluster/dabaweb": ["djangoSecretKey", "former djangoSecretKey", "mysqlPassword", "redisPassword"],
  // Makes the accounts, and signs in to nothing else.
  "mysql-master/mysql": ["mysqlPassword", "mysqlReplicationPassword", "mysqlRootPassword"],
  // Follow as the one, and are administered as the other when they are promoted by a clone.
  "mysql-slave/mysql": ["mysqlReplicationPassword", "mysqlRootPassword"],
  // Ask it of others, and give it to their master.
  "redis-master/redis": ["redisPassword"],
  "redis-slave/redis": ["redisPassword"],
};

interface KeyOutputs {
  readonly privateKeyPem: { readonly plaintext: string };
  readonly publicKeyPem: string;
}

/** The keys of all certificates, the authority's among them: the lines that neither every key nor the public one has. */
async function privateKeys(): Promise<[name: string, key: string][]> {
  const exported = await pulumi(["stack", "export", "--show-secrets"]);
  const { deployment } = JSON.parse(exported.output) as {
    deployment: { resources: { type: string; urn: string; outputs?: KeyOutputs }[] };
  };
  return deployment.resources
    .filter(({ type }) => type === "tls:index/privateKey:PrivateKey")
    .map(({ urn, outputs }) => {
      const pem = JSON.parse(outputs?.privateKeyPem.plaintext ?? '""') as string;
      const published = outputs?.publicKeyPem.replaceAll("\n", "") ?? "";
      const lines = pem.split("\n").filter((line) => !line.startsWith("-----") && !published.includes(line));
      return [`private key of ${urn.split("::").at(-1) ?? ""}`, lines.join("\n")];
    });
}

describe("secrets", () => {
  let search: SecretSearch;
  let changes: Record<string, unknown>;
  let output: string;
  let processList: string;

  /** What stands in places of one kind, by the place. Whatever was planted must be there. */
  const foundIn = async (
    places: Iterable<Place> | AsyncIterable<Place>,
    planted: string,
  ): Promise<[string, string[]][]> => {
    const found: [string, string[]][] = [];
    const proofs: string[] = [];
    for await (const { name, content } of places) {
      const names = await search.in(content);
      proofs.push(...names.filter((secret) => secret === planted));
      const secrets = names.filter((secret) => !secret.startsWith(PLANTED));
      if (secrets.length > 0) {
        found.push([name, secrets]);
      }
    }
    expect(proofs, "what was planted").not.to.be.empty;
    return found;
  };

  before(async () => {
    const values = new Map<string, string>();
    for (const key of SECRETS) {
      values.set(key, await setting(key));
    }
    const former = values.get("djangoSecretKey") ?? "";
    const key = randomBytes(36).toString("base64");
    values.set("djangoSecretKey", key).set("former djangoSecretKey", former);
    changes = {
      backup,
      // A name that people open the web by, and the first: it stands in objects, in environments, in the state and in the outputs.
      hosts: [MARK, "127.0.0.1", "localhost"],
      djangoSecretKey: await encrypted(key),
      djangoFormerSecretKey: await encrypted(former),
    };
    for (const name of BACKUP_SECRETS) {
      const password = randomBytes(18).toString("base64");
      values.set(name, password);
      changes[name] = await encrypted(password);
    }
    const keys = await privateKeys();
    expect(keys.map(([, lines]) => lines)).to.satisfy(
      (all: string[]) => all.length >= 5 && all.every((one) => one !== ""),
    );
    search = new SecretSearch(new Map([...values, ...keys, [PLANTED, MARK], [PLANTED_IN_IMAGE, IN_IMAGE]]));

    // Arguments of a process of the node.
    const process = spawn("sh", ["-c", "sleep 300; :", "sh", MARK], { detached: true, stdio: "ignore" });
    const stop = watchProcessList();
    try {
      output = await up(changes);
      // Makes the first full backup too.
      for (const name of ["mysql-logs-backup", "redis-backup"]) {
        await succeeded(name);
      }
    } finally {
      processList = stop();
      globalThis.process.kill(-(process.pid ?? 0));
    }
    // In the logs.
    const visitor = new RawClient(NODE_PORT).send(`GET / HTTP/1.1\r\nHost: ${MARK}\r\n\r\n`);
    expect(await visitor.answered(10_000)).to.equal(true);
    visitor.leave();
    const event = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: "planted", namespace: NAMESPACE },
      involvedObject: { apiVersion: "v1", kind: "Namespace", name: NAMESPACE, namespace: NAMESPACE },
      reason: "Planted",
      message: MARK,
      type: "Normal",
    };
    await kubectl(["apply", "-f", "-"], stringify(event));
  });
  after(async () => {
    search.close();
    await kubectl(["delete", "event", "planted", "--ignore-not-found"]);
    await up();
    empty(repository);
  });

  it("are in no layer and no configuration of an image", async () => {
    expect(await foundIn(imageParts(), PLANTED_IN_IMAGE)).to.deep.equal([]);
  });

  it("are in the environment of those processes that need them, and of no other", async () => {
    const found = await foundIn(await processesOfContainers(), PLANTED);
    expect(found.length).to.be.greaterThan(5);
    for (const [container, names] of found) {
      expect(NEEDED[container] ?? [], container).to.include.members(names);
    }
  });

  it("are in no process's arguments on the node while the stack is updated", async () => {
    expect(await foundIn([{ name: "arguments", content: processList }], PLANTED)).to.deep.equal([]);
  });

  it("are in no log of a container", async () => {
    expect(await foundIn(await logs(), PLANTED)).to.deep.equal([]);
  });

  it("are in no object but Secrets, and in no event", async () => {
    const all = await objects();
    expect(await foundIn(all, PLANTED)).to.deep.equal([]);
    const events = all.filter(({ name }) => name.startsWith("events"));
    expect(await foundIn(events, PLANTED)).to.deep.equal([]);
  });

  it("are in clear nowhere in what Pulumi prints and keeps", async () => {
    expect(await foundIn([{ name: "update", content: output }], PLANTED)).to.deep.equal([]);
    for (const [args, settings] of [
      [["stack", "export"], {}],
      [["stack", "output", "--json"], {}],
      [["stack", "history", "--json"], {}],
      // Of other secrets than the stack has.
      [["preview", "--diff"], {}],
      // As JSON, Pulumi 3.246 can't show a secret that is replaced: it panics.
      [["preview", "--json"], changes],
    ] as const) {
      const printed = await pulumi(args, settings);
      expect(printed.code, printed.output).to.equal(0);
      const found = await search.in(printed.output);
      expect(
        found.filter((name) => !name.startsWith(PLANTED)),
        args.join(" "),
      ).to.deep.equal([]);
      // What is about the past names no host.
      if (args[1] !== "history") {
        expect(found, args.join(" ")).to.include(PLANTED);
      }
    }
  });

  it("are in no log of the cluster's own", async () => {
    const named = new SecretSearch(new Map([[PLANTED, NAMESPACE]]));
    const places = clusterLogs();
    const proof = await Promise.all(places.map(({ content }) => named.in(content)));
    named.close();
    expect(proof.flat()).to.include(PLANTED);
    for (const { name, content } of places) {
      expect(await search.in(content), name).not.to.include.members(SECRETS);
      expect(
        (await search.in(content)).filter((found) => !found.startsWith(PLANTED)),
        name,
      ).to.deep.equal([]);
    }
  });
});

import { readFileSync } from "node:fs";
import { createServer, Server } from "node:http";
import { AddressInfo } from "node:net";
import path from "node:path";

import { expect } from "chai";

import { accessTo } from "../../components/access";
import { figuresOf, percentile } from "../../bench/figures";
import { load } from "../../bench/load";
import { onThisMachine, parseOptions } from "../../bench/options";
import { table } from "../../bench/report";
import { seedOf, WebPod } from "../../bench/seed";

describe("the bench's figures", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  const cases: readonly (readonly [values: readonly number[], percent: number, expected: number | undefined])[] = [
    [[], 50, undefined],
    [[7], 50, 7],
    [[7], 99, 7],
    [[10, 9], 50, 9],
    [[10, 9], 99, 10],
    [hundred, 50, 50],
    [hundred, 99, 99],
    [[...hundred, 101], 99, 100],
    [hundred, 100, 100],
  ];
  for (const [values, percent, expected] of cases) {
    it(`percentile ${percent} of ${values.length} values is ${expected ?? "none"}`, () => {
      expect(percentile(values, percent)).to.equal(expected);
    });
  }

  it("are of all rounds together, and tell how far apart the rounds were", () => {
    const rounds = [
      { waits: [30, 10, 20], errors: 1, seconds: 1 },
      { waits: [50, 60, 70], errors: 0, seconds: 2 },
    ];
    expect(figuresOf(rounds)).to.deep.equal({
      requests: 7,
      errors: 1,
      p50: 30,
      p99: 70,
      throughput: 2,
      spread: [20, 60],
    });
  });

  it("of failures alone have no percentiles", () => {
    const { requests, errors, p50, p99, spread } = figuresOf([{ waits: [], errors: 3, seconds: 1 }]);
    expect({ requests, errors, p50, p99, spread }).to.deep.equal({
      requests: 3,
      errors: 3,
      p50: undefined,
      p99: undefined,
      spread: undefined,
    });
  });
});

describe("the bench's table", () => {
  const seed = figuresOf([{ waits: [100, 200], errors: 0, seconds: 1 }]);

  it("has both ways and how many times the seed's the stack's figures are", () => {
    const stack = figuresOf([{ waits: [25, 30, 40], errors: 2, seconds: 1 }]);
    const rows = table([{ page: "form", seed, stack }])
      .split("\n")
      .slice(2);
    expect(rows.map((row) => row.split("|").map((cell) => cell.trim()))).to.deep.equal([
      ["", "form", "seed", "2", "0", "100 ms", "200 ms", "2.0", "100 to 100 ms", ""],
      ["", "form", "stack", "5", "2", "30 ms", "40 ms", "3.0", "30 to 30 ms", ""],
      ["", "form", "stack : seed", "", "", "0.30 ×", "0.20 ×", "1.50 ×", "", ""],
    ]);
  });

  it("has no ratio where one side answered nothing", () => {
    const nothing = figuresOf([{ waits: [], errors: 2, seconds: 1 }]);
    const last = (text: string) => text.split("\n").at(-1);
    expect(last(table([{ page: "form", seed, stack: nothing }]))).to.match(/\| - +\| - +\| 0\.00 × /);
    expect(last(table([{ page: "form", seed: nothing, stack: seed }]))).to.match(/\| - +\| - +\| - +\|/);
  });
});

describe("the bench's options", () => {
  it("have what is measured without any", () => {
    expect(parseOptions(["--stack", "dev"])).to.deep.equal({ stack: "dev", users: 50, seconds: 10, rounds: 4 });
  });

  const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [[], /^which stack\?$/],
    [["--users", "0"], /^--users takes a whole number from 1 to 200, not "0"$/],
    [["--users", "201"], /1 to 200/],
    [["--seconds", "61"], /1 to 60/],
    [["--rounds", "2.5"], /1 to 10/],
  ];
  for (const [args, message] of wrong) {
    it(`are refused: ${args.join(" ") || "none"}`, () => {
      expect(() => parseOptions([...(args.length === 0 ? [] : ["--stack", "dev"]), ...args])).to.throw(message);
    });
  }

  for (const url of ["http://127.0.0.1:30080", "http://localhost:30080", "http://[::1]:30080"]) {
    it(`let load go to ${url}`, () => {
      expect(onThisMachine(url).port).to.equal("30080");
    });
  }
  for (const url of ["http://10.0.0.7:30080", "https://forms.example.com", "http://127.0.0.1.example.com"]) {
    it(`let no load go to ${url}`, () => {
      expect(() => onThisMachine(url)).to.throw(`the stack's address is ${url}; only`);
    });
  }
});

describe("the seed's way of running", () => {
  const password = { name: "MYSQL_PASSWORD", valueFrom: { secretKeyRef: { name: "mysql", key: "password" } } };
  const trusted = { name: "authorities", mountPath: "/run/authorities" };
  const authorities = { name: "authorities", configMap: { name: "dabacluster-authorities" } };
  const pod = {
    metadata: { name: "dabacluster-x" },
    spec: {
      securityContext: { runAsUser: 10001 },
      nodeName: "somewhere",
      containers: [
        {
          name: "dabaweb",
          image: "web@sha256:1",
          env: [password],
          resources: { limits: { cpu: "2" } },
          lifecycle: {},
          volumeMounts: [{ name: "site", mountPath: "/usr/src/dabaweb" }, trusted],
        },
        { name: "dabanginx", image: "nginx@sha256:2", args: ["-q"] },
      ],
      volumes: [{ name: "site" }, authorities],
    },
  };
  const manifest = readFileSync(path.join(__dirname, "../../bench/seed.yaml"), "utf8");
  interface Replicas {
    readonly kind: string;
    readonly spec: {
      readonly replicas: number;
      readonly template: {
        readonly metadata: { readonly labels: Record<string, string> };
        readonly spec: {
          readonly securityContext: unknown;
          readonly nodeName?: string;
          readonly containers: readonly {
            readonly name: string;
            readonly image: string;
            readonly command?: readonly string[];
            readonly env: readonly { readonly name: string; readonly value?: string }[];
            readonly resources?: unknown;
            readonly lifecycle?: unknown;
            readonly volumeMounts: readonly { readonly name: string }[];
          }[];
          readonly volumes: readonly { readonly name: string }[];
        };
      };
    };
  }
  const controller = (of: WebPod) =>
    seedOf(manifest, of).find((object) => (object as Replicas).kind === "ReplicationController") as Replicas;

  it("is three pods, each with one process behind uWSGI's router, which the stack's Service does not know", () => {
    const { replicas, template } = controller(pod).spec;
    const [web] = template.spec.containers;
    expect(replicas).to.equal(3);
    expect(template.metadata.labels).to.deep.equal({ name: "bench-seed", ...accessTo("mysql") });
    expect(web?.command).to.include("--http=:8000");
    expect(web?.command?.join(" ")).not.to.match(/workers|processes|threads|cheaper/);
  });

  it("has the stack's images, environment and limits, and its own settings", () => {
    const { securityContext, nodeName, containers } = controller(pod).spec.template.spec;
    const [web, nginx] = containers;
    expect({ securityContext, nodeName }).to.deep.equal({ securityContext: { runAsUser: 10001 }, nodeName: undefined });
    expect(web).to.include({ name: "dabaweb", image: "web@sha256:1" });
    expect(web).not.to.have.property("lifecycle");
    expect(web?.resources).to.deep.equal({ limits: { cpu: "2" } });
    expect(web?.env[0]).to.deep.equal(password);
    expect(web?.env.slice(1)).to.deep.include({ name: "DJANGO_SETTINGS_MODULE", value: "seed_settings" });
    expect(nginx).to.include({ name: "dabanginx", image: "nginx@sha256:2" });
    expect(nginx).not.to.have.property("args");
  });

  it("knows the servers as the stack's pods do, and shares no data with them", () => {
    const { containers, volumes } = controller(pod).spec.template.spec;
    expect(containers[0]?.volumeMounts).to.deep.include(trusted);
    expect(volumes).to.deep.include(authorities);
    expect(volumes.map(({ name }) => name)).not.to.include("site");
  });

  it("is refused for pods that are not like the stack's", () => {
    const other = { ...pod, spec: { ...pod.spec, containers: pod.spec.containers.slice(0, 1) } };
    expect(() => controller(other)).to.throw("pod dabacluster-x has no container dabanginx");
  });
});

describe("the bench's users", () => {
  const seen = { connections: 0, most: 0, open: 0, cookies: new Set<string>() };
  let server: Server;
  let url: URL;
  let status = 200;

  before(async () => {
    server = createServer((asked, answer) => {
      seen.most = Math.max(seen.most, ++seen.open);
      seen.cookies.add(asked.headers.cookie ?? "");
      setTimeout(() => {
        seen.open--;
        answer.writeHead(status, { "Set-Cookie": "mark=1; Path=/" }).end("the page");
      }, 20);
    }).on("connection", () => seen.connections++);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  after(() => server.close());

  const args = () => ({ users: 3, warmUp: 0.1, seconds: 0.5, signal: new AbortController().signal });

  it("ask at the same time, each over one connection and with cookies, for as long as they are told", async () => {
    const { waits, errors, seconds } = await load(url, "/", "the page", args());
    expect(errors).to.equal(0);
    expect(seen).to.deep.include({ connections: 3, most: 3 });
    expect(seen.cookies).to.deep.equal(new Set(["", "mark=1"]));
    expect(waits.length).to.be.within(3, 75);
    expect(Math.min(...waits)).to.be.at.least(19);
    expect(seconds).to.be.within(0.5, 5);
  });

  it("count what is not the page as an error", async () => {
    const other = await load(url, "/", "another page", args());
    expect(other.waits).to.deep.equal([]);
    expect(other.errors).to.be.above(0);
    status = 503;
    const refused = await load(url, "/", "the page", args());
    expect(refused.waits).to.deep.equal([]);
    expect(refused.errors).to.be.above(0);
  });

  it("leave at once when they are interrupted", async () => {
    const interrupted = new AbortController();
    const start = performance.now();
    setTimeout(() => {
      interrupted.abort(new Error("interrupted"));
    }, 100);
    const measured = load(url, "/", "the page", { ...args(), seconds: 10, signal: interrupted.signal });
    const reason = await measured.then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    expect(reason?.message).to.equal("interrupted");
    expect(performance.now() - start).to.be.below(2000);
  });
});

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";
import { parse } from "yaml";

import { cluster } from "../support/cluster";
import { eventually, run, succeed } from "../support/run";

const STACK = "library";
const NAMESPACE = `databases-${STACK}`;
/** A password of the alphabet that passwords have, with signs that a shell or SQL would mistake. */
const PASSWORD = "not-a-secret $'\"`\\ of-a-test";

/** The examples' project as somebody else has it: a copy elsewhere, with the package from the file that `npm pack` makes. */
describe("the components in somebody else's project", () => {
  const home = path.join(tmpdir(), `k8s-web-${STACK}`);
  const project = path.join(home, "databases");
  const dataDirectory = path.join(home, "data");
  const configFile = path.join(project, `Pulumi.${STACK}.yaml`);
  const { readyPods, onlyPod, mysql, redis, exec } = cluster(NAMESPACE);

  /** Pulumi in that project, with its own configuration. */
  const pulumi = (...args: string[]) =>
    run("pulumi", ["--non-interactive", ...args, "--stack", STACK], {
      cwd: project,
      env: { PULUMI_OPTION_CONFIG_FILE: configFile },
    });
  const mustSucceed = async (...args: string[]): Promise<string> => {
    const { code, stdout, output } = await pulumi(...args);
    expect(code, output).to.equal(0);
    return stdout;
  };

  /** The machine's own settings, which `make up` has found out for the dev stack. */
  const machine = (): Record<string, unknown> => {
    const { config } = parse(readFileSync(process.env["PULUMI_OPTION_CONFIG_FILE"] ?? "", "utf8")) as {
      config: Record<string, unknown>;
    };
    return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("k8s-web:", ""), value]));
  };

  const remove = async () => {
    if (existsSync(configFile)) {
      await pulumi("cancel", "--yes");
      await mustSucceed("destroy", "--yes", "--skip-preview");
      await mustSucceed("stack", "rm", "--yes");
    }
    rmSync(home, { recursive: true, force: true });
  };

  before(async () => {
    await remove();
    mkdirSync(project, { recursive: true, mode: 0o700 });
    cpSync("examples/databases", project, { recursive: true });
    await succeed("npm", ["pack", "--pack-destination", home]);
    const [packed = ""] = readdirSync(home).filter((name) => name.endsWith(".tgz"));
    const own = { cwd: project };
    await succeed("npm", ["pkg", "set", `dependencies.k8s-web=file:../${packed}`], own);
    await succeed("npm", ["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"], own);

    await mustSucceed("stack", "init", "--no-select");
    const { context, registry, builder } = machine();
    for (const [key, value] of Object.entries({ context, registry, builder, dataDirectory })) {
      await mustSucceed("config", "set", key, String(value));
    }
    for (const key of ["mysqlRootPassword", "mysqlReplicationPassword", "mysqlPassword", "redisPassword"]) {
      await mustSucceed("config", "set", "--secret", key, PASSWORD);
    }
  });
  after(remove);

  it("have types that fit the project's own TypeScript", async () => {
    await succeed(path.resolve("node_modules/.bin/tsc"), ["--project", project, "--typeRoots", "node_modules/@types"]);
  });

  it("come up, with the images that come with the package", async () => {
    await mustSucceed("up", "--yes", "--skip-preview");
    for (const part of ["mysql-master", "mysql-slave", "redis-master", "redis-slave"]) {
      expect(await readyPods(part), part).to.have.length(1);
    }
  });

  it("take a write to the master of MySQL as the application, which its slave reads", async () => {
    const create = "CREATE TABLE shop.goods (name VARCHAR(20) PRIMARY KEY); INSERT INTO shop.goods VALUES ('tea')";
    const asShop = 'MYSQL_PWD="$MYSQL_PASSWORD" exec mysql --user="$MYSQL_USER" --host="$POD_IP"';
    await exec(await onlyPod("mysql-master"), ["sh", "-c", asShop], create);
    await eventually(30, async () => {
      expect(await mysql(await onlyPod("mysql-slave"), "SELECT name FROM shop.goods")).to.deep.equal([["tea"]]);
    });
  });

  it("take a write to the master of Redis, which its slave reads", async () => {
    await redis(await onlyPod("redis-master"), "SET", "tea", "green");
    await eventually(30, async () => {
      expect(await redis(await onlyPod("redis-slave"), "GET", "tea")).to.equal("green");
    });
  });

  it("have nothing to do on a second up", async () => {
    await mustSucceed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("leave nothing in the cluster when they are destroyed", async () => {
    await mustSucceed("destroy", "--yes", "--skip-preview");
    expect(await succeed("kubectl", ["get", "namespace", NAMESPACE, "--ignore-not-found"])).to.equal("");
  });
});

import { readdirSync, readFileSync } from "node:fs";

import { expect } from "chai";
import { parse } from "yaml";

import { parseSettings, Settings } from "../../config";
import { configurationOf } from "../../manifests/configuration";
import { leastSettings } from "./settings";

const stacks = readdirSync(".").flatMap((file) => /^Pulumi\.(\w+)\.yaml$/.exec(file)?.[1] ?? []);

/** The settings of a stack's file, with stand-ins for what only its user knows. */
const settingsOf = (stack: string): Settings => {
  const { values, secretKeys } = configurationOf("k8s-web", readFileSync(`Pulumi.${stack}.yaml`, "utf8"));
  return parseSettings("k8s-web", stack, values, secretKeys).settings;
};

describe("the stacks that come with the program", () => {
  it("are those of three environments", () => {
    expect(stacks).to.have.members(["dev", "staging", "prod"]);
  });

  for (const stack of stacks) {
    it(`${stack} holds nothing that is secret or of one machine`, () => {
      const { config } = parse(readFileSync(`Pulumi.${stack}.yaml`, "utf8")) as { config: Record<string, unknown> };
      const keys = Object.keys(config).map((key) => key.replace("k8s-web:", ""));
      expect(keys).to.not.include.members(Object.keys(leastSettings));
    });

    it(`${stack} has a namespace of its own, and settings that are taken`, () => {
      expect(settingsOf(stack).namespace).to.equal(`k8s-web-${stack}`);
    });
  }

  it("dev has what fits one machine: directories of its node, and a port of it", () => {
    expect(settingsOf("dev")).to.deep.include({ nodePort: 30080, ingress: undefined, protect: false });
    expect(settingsOf("dev").storage.kind).to.equal("hostPath");
  });

  it("staging and prod are reached by HTTPS only, and keep their data in claims", () => {
    for (const stack of ["staging", "prod"]) {
      const { ingress, nodePort, storage, registryUsername } = settingsOf(stack);
      expect(ingress?.hosts, stack).to.not.be.empty;
      expect(nodePort, stack).to.equal(undefined);
      expect(storage.kind, stack).to.equal("claim");
      expect(registryUsername, stack).to.not.equal(undefined);
    }
  });

  it("staging and prod have as many pods of the web as their load asks for, and never one alone", () => {
    const [staging, prod] = [settingsOf("staging"), settingsOf("prod")].map(({ replicas }) => replicas.web);
    expect(staging).to.include({ min: 2 });
    expect(prod).to.include({ min: 6 });
    expect(settingsOf("dev").replicas.web).to.equal(3);
  });

  it("prod alone keeps its data whatever is destroyed, and is the largest", () => {
    const [staging, prod] = [settingsOf("staging"), settingsOf("prod")];
    expect([staging.storage.onDestroy, staging.protect]).to.deep.equal(["delete", false]);
    expect([prod.storage.onDestroy, prod.protect]).to.deep.equal(["keep", true]);
    expect(prod.replicas.mysqlSlave).to.be.greaterThan(staging.replicas.mysqlSlave);
    expect(prod.mysql.semiSync.timeoutSeconds).to.be.greaterThan(staging.mysql.semiSync.timeoutSeconds);
    expect(prod.placement.web.spread?.topologyKey).to.equal("topology.kubernetes.io/zone");
  });
});

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { succeed } from "../support/run";
import { exec, onlyPod, Pod, readyPods } from "./support/cluster";
import { dataRoot } from "./support/stack";

interface Spdx {
  readonly spdxVersion: string;
  readonly packages: readonly {
    readonly name: string;
    readonly versionInfo?: string;
    readonly externalRefs?: readonly { readonly referenceLocator: string }[];
  }[];
}

describe("npm run sbom", () => {
  const out = mkdtempSync(path.join(tmpdir(), "k8s-web-sbom-"));
  after(() => {
    rmSync(out, { recursive: true });
  });

  /** Packages that are listed for an image, as `name version`. */
  const listed = (image: string, kind: string): string[] => {
    const [file = "", ...others] = readdirSync(out).filter((name) => name.startsWith(`${image}-`));
    expect(others).to.deep.equal([]);
    const { spdxVersion, packages } = JSON.parse(readFileSync(path.join(out, file), "utf8")) as Spdx;
    expect(spdxVersion).to.equal("SPDX-2.3");
    return packages
      .filter(({ externalRefs = [] }) =>
        externalRefs.some(({ referenceLocator }) => referenceLocator.startsWith(`pkg:${kind}/`)),
      )
      .map(({ name, versionInfo }) => `${name} ${versionInfo ?? ""}`);
  };

  it("writes a file for each image of the stack", async () => {
    await succeed("npm", ["run", "-s", "sbom", "--", "--stack", "test", "--out", out], {
      env: { PULUMI_OPTION_CONFIG_FILE: path.join(dataRoot, "Pulumi.test.yaml") },
    });
    expect(readdirSync(out).map((file) => file.replace(/-[0-9a-f]{12}\.spdx\.json$/, ""))).to.include.members([
      ...["dabanginx", "dabaweb", "mysql-master", "mysql-slave", "redis-master", "redis-slave"],
    ]);
  });

  it("names the Debian packages that are in them", async () => {
    const parts: [string, Pod][] = [
      ["mysql-master", await onlyPod("mysql-master")],
      ["redis-master", await onlyPod("redis-master")],
    ];
    for (const [image, pod] of parts) {
      const installed = await exec(pod, ["dpkg-query", "-W", "-f", "${Package} ${Version}\\n"]);
      const expected = installed.trim().split("\n");
      expect(expected.length).to.be.greaterThan(50);
      expect(listed(image, "deb")).to.have.members(expected);
    }
  });

  it("names the Python packages that are in dabaweb's", async () => {
    const [pod] = await readyPods("dabacluster");
    if (pod === undefined) {
      throw new Error("the web has no ready pod");
    }
    const ask =
      "import importlib.metadata as m; print(*(f'{d.name} {d.version}' for d in m.distributions()), sep='\\n')";
    const installed = (await exec(pod, ["python", "-c", ask])).trim().split("\n");
    const plain = (name: string) => name.toLowerCase().replaceAll(/[._-]+/g, "-");
    expect(installed.some((name) => /^django \d/i.test(name))).to.equal(true);
    expect(listed("dabaweb", "pypi").map(plain)).to.include.members(installed.map(plain));
  });
});

/** npm run sbom: lists the packages in each image of a running stack. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { main } from "../command/main";
import { output } from "../command/process";
import { stackTarget } from "../command/target";
import { fileNameOf, imagesOf } from "./images";

interface Options {
  /** Name of the Pulumi stack. */
  readonly stack: string;
  /** Folder that gets a file an image. */
  readonly out: string;
}

const USAGE = "usage: npm run sbom -- --stack STACK --out FOLDER";
const HELP = `${USAGE}

Lists the packages in each image that the stack's pods are made of (Debian's, Python's, and what else syft finds), as SPDX 2.3 in JSON:
FOLDER/<image>-<digest>.spdx.json. It reads the images from their registry, as whoever \`docker login\` says. SYFT is the program
(default: syft, from the PATH).

Exit code: 0 written, 1 not written, 2 the command line was refused.`;

/** An image is a few hundred mebibytes at most. */
const SECONDS = 300;

function parse(args: readonly string[]): Options | undefined {
  const { stack, out, help } = parseArgs({
    args: [...args],
    options: { stack: { type: "string" }, out: { type: "string" }, help: { type: "boolean", default: false } },
  }).values;
  if (help) {
    return undefined;
  }
  if (stack === undefined || out === undefined) {
    throw new Error(`${stack === undefined ? "--stack" : "--out"} is missing`);
  }
  return { stack, out };
}

async function write({ stack, out }: Options): Promise<number> {
  const images = await imagesOf(await stackTarget(stack));
  if (images.length === 0) {
    throw new Error(`the stack ${stack} has no pods. Next: pulumi up`);
  }
  mkdirSync(out, { recursive: true });
  for (const image of images) {
    const file = path.join(out, fileNameOf(image));
    const scan = ["scan", "--quiet", "--from", "registry", "--output", `spdx-json=${file}`, image];
    await output(process.env["SYFT"] ?? "syft", scan, "", SECONDS);
    console.log(file);
  }
  return 0;
}

main({ usage: USAGE, help: HELP, parse, run: write, codes: { refused: 2, failed: 1 }, failure: "not written: " });

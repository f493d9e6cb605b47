import { parseArgs } from "node:util";

export interface Options {
  /** Name of the stack. */
  readonly stack: string;
  /** Folder that gets a file an object. @default none: one stream to the standard output */
  readonly out?: string | undefined;
  /** @default Pulumi.<stack>.yaml */
  readonly configFile: string;
}

export const USAGE = "usage: npm run -s manifests -- --stack STACK [--out FOLDER] [--config-file FILE]";

export const HELP = `${USAGE}

Shows what \`pulumi up\` would apply, as YAML. It needs no cluster, no login and no password, and builds nothing.

  --stack STACK       name of the stack; its settings are those of Pulumi.STACK.yaml
  --out FOLDER        write a file an object there, instead of all to the standard output; what an earlier
                      run wrote there is removed
  --config-file FILE  take the settings from another file

The same sources and settings give the same text. What only a cluster, a build or a password would tell has stand-ins:
passwords are the name of their setting, keys and certificates are key-of-SERVER and certificate-of-SERVER, the digest of an image is a hash of what it is built from, cluster IPs are
ip-of-SERVICE, and names that Pulumi makes up end with 1a2b3c4d.`;

/**
 * Reads the command line.
 * @returns undefined when help is asked for
 * @throws Error with one line of what is wrong
 */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      stack: { type: "string" },
      out: { type: "string" },
      "config-file": { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const { stack, out, "config-file": configFile, help } = values;
  if (help) {
    return undefined;
  }
  if (stack === undefined || !/^[\w.-]+$/.test(stack)) {
    throw new Error(stack === undefined ? "--stack is missing" : `--stack takes the name of a stack, not "${stack}"`);
  }
  return { stack, out, configFile: configFile ?? `Pulumi.${stack}.yaml` };
}

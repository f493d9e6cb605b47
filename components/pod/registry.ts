import * as pulumi from "@pulumi/pulumi";

/** Docker Hub, as references and as files with credentials name it. */
const HUB = "docker.io";
const HUB_IN_CREDENTIALS = "https://index.docker.io/v1/";

/** Who pushes to a registry and pulls from it. */
export interface RegistryLogin {
  /** Host of the registry, with its port, e.g. registry.example:5000. */
  readonly server: string;
  /** Name of the account. */
  readonly username: string;
  /** Its password or token. */
  readonly password: pulumi.Input<string>;
}

/** Host of the registry in a reference. As in Docker, the first part is one only when it can't be a user's name. */
export const registryServer = (reference: string): string => {
  const [first = "", ...path] = reference.split("/");
  return path.length > 0 && (first.includes(".") || first.includes(":") || first === "localhost") ? first : HUB;
};

/** The text of a Docker configuration with one login, as a Secret of the type kubernetes.io/dockerconfigjson holds it. */
export const dockerConfig = (server: string, username: string, password: string): string => {
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  return JSON.stringify({ auths: { [server === HUB ? HUB_IN_CREDENTIALS : server]: { username, password, auth } } });
};

/** The pod's part: with which Secrets its images are pulled. */
export const pulledWith = (secrets: readonly pulumi.Input<string>[] = []) =>
  secrets.length === 0 ? {} : { imagePullSecrets: secrets.map((name) => ({ name })) };

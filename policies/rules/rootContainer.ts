import { at, isMissing, items, Json, UNKNOWN } from "../json";
import { Container, containersOf, podOf } from "../pods";
import { Rule } from "../rule";

const isExactly = (value: Json, ...wanted: string[]) =>
  items(value).length === wanted.length && items(value).every((item, index) => item === wanted[index]);

/**
 * The one container that may be root: the kubelet makes the directory of a hostPath as root's, fsGroup does not apply to it,
 * and so somebody has to hand it over to the pod's user. It may change owners, and nothing else.
 */
const handsADirectoryOver = ({ init, spec }: Container): boolean => {
  const context = at(spec, "securityContext");
  return (
    init &&
    at(spec, "name") === "own-directory" &&
    items(at(spec, "command"))[0] === "chown" &&
    isExactly(at(context, "capabilities", "drop"), "ALL") &&
    isExactly(at(context, "capabilities", "add"), "CHOWN") &&
    at(context, "allowPrivilegeEscalation") === false &&
    at(context, "readOnlyRootFilesystem") === true
  );
};

/** Whether a container may turn out to run as root; its own settings go before the pod's. */
const mayBeRoot = (container: Container, pod: Json): boolean => {
  const setting = (name: string) => {
    const own = at(container.spec, "securityContext", name);
    return isMissing(own) ? at(pod, "spec", "securityContext", name) : own;
  };
  const user = setting("runAsUser");
  const nonRoot = setting("runAsNonRoot");
  if (user === UNKNOWN || nonRoot === UNKNOWN) {
    return false;
  }
  return user === 0 || (typeof user !== "number" && nonRoot !== true);
};

/** Who breaks out of a container as root is root on the node. */
export const rootContainer: Rule = {
  name: "root-container",
  description: "Containers run as an ordinary user, without privileges.",
  check: (resource) => {
    const pod = podOf(resource);
    return containersOf(resource).flatMap((container) => [
      ...(mayBeRoot(container, pod) && !handsADirectoryOver(container)
        ? [
            `${container.where} may run as root. Next: set runAsUser to an ordinary user and runAsNonRoot; ` +
              "as root runs only the init container own-directory, with CHOWN and no other capability",
          ]
        : []),
      ...(at(container.spec, "securityContext", "privileged") === true
        ? [`${container.where} is privileged, which is root on the node. Next: take \`privileged\` away`]
        : []),
    ]);
  },
};

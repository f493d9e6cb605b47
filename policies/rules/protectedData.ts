import { Rule } from "../rule";
import { Stack } from "../stack";

/** What holds data, or is deleted with all that lies in it. */
const HOLDS_DATA = ["kubernetes:core/v1:Namespace", "kubernetes:core/v1:PersistentVolumeClaim"];

/** Pulumi refuses to delete or replace what is protected; this sees to it that in a protected stack all data is. */
export const protectedData = ({ protect }: Stack): Rule => ({
  name: "protected-data",
  description: "With the setting `protect`, the namespace and all claims are protected.",
  check: ({ type, name, protect: isProtected }) =>
    protect && HOLDS_DATA.includes(type) && !isProtected
      ? [`${name} is not protected. Next: register it with the option \`protect\``]
      : [],
});

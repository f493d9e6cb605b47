/** Which cluster a command is about: an explicit choice always, for the ambient current context is never a silent target. */
import { parseSettings, placeholderOf } from "../config";
import { projectName, pulumi } from "./project";

/** Where the pods are. */
export interface Target {
  readonly context: string;
  readonly namespace: string;
  /** @default kubectl's own: $KUBECONFIG, else ~/.kube/config */
  readonly kubeconfig?: string | undefined;
}

/** The options of kubectl that say where. */
export const kubectlOptions = (where: { readonly [Key in keyof Target]?: string | undefined }): string[] =>
  (["kubeconfig", "context", "namespace"] as const).flatMap((name) => {
    const value = where[name];
    return value === undefined ? [] : [`--${name}`, value];
  });

/** What `pulumi config --json` prints: a secret comes without its value. */
type StackConfig = Readonly<Record<string, { readonly value?: string; readonly secret: boolean }>>;

/**
 * The target that the program itself would deploy this configuration to.
 * @throws pulumi.RunError when the program would refuse it
 */
export function targetOf(project: string, stack: string, config: StackConfig): Target {
  const entries = Object.entries(config);
  const { context, namespace, kubeconfig } = parseSettings(
    project,
    stack,
    Object.fromEntries(entries.map(([key, { value = placeholderOf(key) }]) => [key, value])),
    entries.filter(([, { secret }]) => secret).map(([key]) => key),
  ).settings;
  return { context, namespace, kubeconfig };
}

/** The target of a Pulumi stack of this project. */
export async function stackTarget(stack: string): Promise<Target> {
  return targetOf(
    projectName(),
    stack,
    JSON.parse(await pulumi(["config", "--json", "--stack", stack])) as StackConfig,
  );
}

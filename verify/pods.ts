/** The pods of a stack's databases, from what `kubectl get pods -o json` prints. */

export const ROLES = ["mysql-master", "mysql-slave", "redis-master", "redis-slave"] as const;
export type Role = (typeof ROLES)[number];

export interface Pod {
  readonly name: string;
  /** Its label `name`. */
  readonly role: Role;
  /** Why it is not ready. @default it is */
  readonly unready?: string;
  /** Whether a command can be run in its first container. */
  readonly running: boolean;
}

export const isMaster = ({ role }: Pod): boolean => role.endsWith("-master");

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly reason?: string; readonly exitCode?: number };
  readonly running?: object;
}

interface RawPod {
  readonly metadata: {
    readonly name: string;
    readonly labels: { readonly name: Role };
    readonly deletionTimestamp?: string;
  };
  readonly status: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly containerStatuses?: readonly { readonly state?: ContainerState }[];
  };
}

const reasonOf = ({ metadata, status }: RawPod): string | undefined => {
  const condition = (name: string) => status.conditions?.find(({ type }) => type === name);
  if (metadata.deletionTimestamp !== undefined) {
    return `terminating since ${metadata.deletionTimestamp}`;
  }
  if (condition("Ready")?.status === "True") {
    return undefined;
  }
  const { waiting, terminated } = status.containerStatuses?.[0]?.state ?? {};
  const words = waiting
    ? [waiting.reason, waiting.message]
    : terminated
      ? [`ended with code ${terminated.exitCode ?? "unknown"}`, terminated.reason]
      : [
          status.reason ?? status.phase,
          status.message ?? condition("PodScheduled")?.message ?? condition("Ready")?.message,
        ];
  return words.filter((word) => word !== undefined && word !== "").join(": ") || "not ready";
};

/** Masters first, then by name. */
export function parsePods(text: string): Pod[] {
  const { items } = JSON.parse(text) as { items: readonly RawPod[] };
  return items
    .map((raw): Pod => {
      const unready = reasonOf(raw);
      return {
        name: raw.metadata.name,
        role: raw.metadata.labels.name,
        ...(unready === undefined ? {} : { unready }),
        running: raw.status.containerStatuses?.[0]?.state?.running !== undefined,
      };
    })
    .sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role) || (a.name < b.name ? -1 : 1));
}

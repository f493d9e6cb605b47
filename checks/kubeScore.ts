/** What kube-score says of objects, and what of it is accepted. Pure functions. */
import { KubernetesObject } from "../manifests/render";

/** A finding that is critical by kube-score's own grades. */
export interface Finding {
  /** kube-score's name of the check, e.g. pod-networkpolicy. */
  readonly check: string;
  /** Kind and name of the object, and its container where it is about one: `Job/dabacluster-migrate migrate`. */
  readonly where: string;
  /** What is wrong, in a line. */
  readonly summary: string;
}

/** Findings that stay, and why. */
export interface Accepted {
  readonly check: string;
  /** Regular expression for all of `where`. */
  readonly where: string;
  /** Why it is right as it is. */
  readonly reason: string;
}

/** What is used of `kube-score score --output-format json --output-version v2`. */
export type Scores = readonly {
  readonly type_meta: { readonly kind: string };
  readonly object_meta: { readonly name: string };
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
    readonly comments: readonly { readonly path: string; readonly summary: string }[] | null;
  }[];
}[];

const CRITICAL = 1;
/** What the renderer ends the names with that Pulumi makes up. */
const MADE_UP = /-1a2b3c4d$/;

const KNOWN = { apiVersion: "apps/v1", kind: "Deployment" };

/**
 * Objects as kube-score knows them. It has never heard of a ReplicationController and would pass over its pods, so it is shown the
 * Deployment of the same pods, which an autoscaler's target then is, too.
 */
export const asKnown = (object: KubernetesObject): KubernetesObject => {
  if (object.kind === "ReplicationController") {
    const { spec } = object as KubernetesObject & { spec: { selector: unknown } };
    return { ...object, ...KNOWN, spec: { ...spec, selector: { matchLabels: spec.selector } } } as KubernetesObject;
  }
  if (object.kind === "HorizontalPodAutoscaler") {
    const { spec } = object as KubernetesObject & { spec: { scaleTargetRef: object } };
    return { ...object, spec: { ...spec, scaleTargetRef: { ...spec.scaleTargetRef, ...KNOWN } } } as KubernetesObject;
  }
  return object;
};

/** The critical findings among kube-score's answers. */
export const criticalFindings = (scores: Scores): Finding[] =>
  scores.flatMap(({ type_meta: { kind }, object_meta: { name }, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade <= CRITICAL)
      .flatMap(({ check, comments }) =>
        (comments ?? []).map(({ path, summary }) => ({
          check: check.id,
          where: `${kind}/${name.replace(MADE_UP, "")} ${path}`.trim(),
          summary,
        })),
      ),
  );

/** One line for each finding that is not accepted, and for each acceptance that nothing needs any more. */
export function judge(findings: readonly Finding[], accepted: readonly Accepted[]): string[] {
  const rules = accepted.map((rule) => ({ ...rule, pattern: new RegExp(`^(?:${rule.where})$`) }));
  const allows = ({ check, pattern }: (typeof rules)[number], finding: Finding): boolean =>
    check === finding.check && pattern.test(finding.where);
  return [
    ...findings
      .filter((finding) => !rules.some((rule) => allows(rule, finding)))
      .map(({ check, where, summary }) => `${where}: ${summary} (${check})`),
    ...rules
      .filter((rule) => !findings.some((finding) => allows(rule, finding)))
      .map(({ check, where }) => `checks/accepted.yaml accepts ${check} of ${where}, which no object has: take it out`),
  ];
}

/** Which nodes pods run on. */
import { z } from "zod";

import { json, LABEL_KEY, matching, object, wholeNumber } from "./values";

const LABEL_VALUE = /^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/;
/** A day, in seconds. */
const TOLERATION_MAX = 86_400;

const labelKey = () => matching(LABEL_KEY, "the key of a label such as topology.kubernetes.io/zone");
const labelValue = () =>
  matching(LABEL_VALUE, "the value of a label, a text of at most 63 of a-z, A-Z, 0-9, -, _ and .");
const labels = () => z.record(labelKey(), labelValue(), { error: "an object of labels, keys and values" });

const toleration = () =>
  object({
    key: labelKey().optional(),
    operator: z.enum(["Equal", "Exists"], { error: "Equal or Exists" }).optional(),
    value: labelValue().optional(),
    effect: z
      .enum(["NoSchedule", "PreferNoSchedule", "NoExecute"], { error: "NoSchedule, PreferNoSchedule or NoExecute" })
      .optional(),
    tolerationSeconds: wholeNumber(0, TOLERATION_MAX).optional(),
  })
    .refine(({ key, operator }) => key !== undefined || operator === "Exists", {
      error: "a key, or operator Exists for all taints",
    })
    .refine(({ operator, value }) => operator !== "Exists" || value === undefined, {
      error: "no value with operator Exists",
    })
    .refine(({ effect, tolerationSeconds }) => tolerationSeconds === undefined || effect === "NoExecute", {
      error: "tolerationSeconds with effect NoExecute only",
    });

const part = () =>
  object({
    /** Labels that a node must have. @default any node */
    nodeSelector: labels().optional(),
    /** Taints that are no hindrance. @default none */
    tolerations: z.array(toleration(), { error: "a list of tolerations" }).optional(),
    /** How the slaves, or the web's pods, are kept apart. */
    spread: object({
      /** Label of the nodes whose values are kept even. @default kubernetes.io/hostname */
      topologyKey: labelKey().optional(),
      /** Whether a pod that would make them uneven waits, instead of running anyway. @default false */
      required: z.boolean({ error: "true or false" }).optional(),
    }).optional(),
  });

/** For all parts, and for each: what a part says of nodes, taints or spreading goes before what is said for all. */
export const placement = () =>
  json(
    object({
      all: part().default({}),
      mysql: part().default({}),
      redis: part().default({}),
      web: part().default({}),
    }),
  ).transform(({ all, mysql, redis, web }) => ({
    mysql: { ...all, ...mysql },
    redis: { ...all, ...redis },
    web: { ...all, ...web },
  }));

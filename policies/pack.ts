/** The rules as a policy pack: `pulumi up --policy-pack policies` and `pulumi preview --policy-pack policies`. */
import { PolicyPack } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";

import { rulesFor } from "./rules";
import { settle } from "./settle";
import { stackOf } from "./stack";

const stack = stackOf(pulumi.getProject(), pulumi.runtime.allConfig());

new PolicyPack("k8s-web", {
  enforcementLevel: "mandatory",
  policies: rulesFor(stack).map(({ name, description, check }) => ({
    name,
    description,
    validateResource: ({ type, name: resource, opts, props }, reportViolation) => {
      for (const violation of check({ type, name: resource, protect: opts.protect, props: settle(props) })) {
        reportViolation(violation);
      }
    },
  })),
});

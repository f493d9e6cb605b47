import { Json } from "./json";

/** What a rule judges: a resource as it is about to be registered. */
export interface Resource {
  /** Pulumi's type token, e.g. kubernetes:core/v1:Secret. */
  readonly type: string;
  readonly name: string;
  /** Inputs, with secrets in clear. */
  readonly props: Json;
  readonly protect: boolean;
}

/** A rule that stops a preview or an update. */
export interface Rule {
  readonly name: string;
  /** What is wanted, in one sentence. */
  readonly description: string;
  /** One line for each violation: where, what, and the next step. Never a secret's value. */
  readonly check: (resource: Resource) => string[];
}

import { ask } from "./api";

/** A node, as the API server has it. */
export interface Node {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly taints?: readonly { readonly key: string }[] };
  readonly status: {
    readonly addresses: readonly { readonly type: string; readonly address: string }[];
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
  };
}

/** All nodes, ready or not. */
export const nodes = async (): Promise<Node[]> => (await ask<{ items: Node[] }>("/api/v1/nodes")).items;

/** The address by which pods reach it. */
export const addressOf = ({ status }: Node): string =>
  status.addresses.find(({ type }) => type === "InternalIP")?.address ?? "";

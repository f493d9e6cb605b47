/** Amounts of CPU, memory and disk, as Kubernetes writes them. */
import { matching, object } from "./values";

const QUANTITY = /^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/;

const quantity = (examples: string) => matching(QUANTITY, `a Kubernetes quantity such as ${examples}`);
const quantities = () => object({ cpu: quantity("250m or 512Mi"), memory: quantity("250m or 512Mi") });

/** What a claim asks for. */
export const size = () => quantity("8Gi");
/** What a container asks for, and what it may take. */
export const resources = () => object({ requests: quantities(), limits: quantities() });

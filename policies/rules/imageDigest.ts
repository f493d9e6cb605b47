import { at, text } from "../json";
import { containersOf } from "../pods";
import { Rule } from "../rule";

const DIGEST = /@sha256:[0-9a-f]{64}$/;

/** A tag is another image tomorrow, and on each node the one of the day it was pulled. */
export const imageDigest: Rule = {
  name: "image-digest",
  description: "Images are referred to by digest.",
  check: (resource) =>
    containersOf(resource).flatMap(({ where, spec }) => {
      const image = text(at(spec, "image"));
      return image === undefined || DIGEST.test(image)
        ? []
        : [`${where}: image ${image} has no digest. Next: add it, as in ${image}@sha256:…, or use an Image's \`ref\``];
    }),
};

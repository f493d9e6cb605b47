import { Rule } from "../rule";
import { Stack } from "../stack";
import { ephemeralData } from "./ephemeralData";
import { imageDigest } from "./imageDigest";
import { plainTextPassword } from "./plainTextPassword";
import { probes } from "./probes";
import { protectedData } from "./protectedData";
import { resourceLimits } from "./resourceLimits";
import { rootContainer } from "./rootContainer";

/** All rules, for one stack. */
export const rulesFor = (stack: Stack): readonly Rule[] => [
  imageDigest,
  plainTextPassword(stack),
  rootContainer,
  resourceLimits,
  probes,
  ephemeralData,
  protectedData(stack),
];

import { testStack } from "../../support/stack";

/** What the tests' stack differs in. */
export const SETTINGS = {
  // Little enough to be exceeded in a test.
  mysql: { maxLagSeconds: 10, binaryLogs: { maxMebibytes: 16 } },
  // All visitors of a test come from one address.
  limits: { anonymousPosts: 99_999 },
};

export const {
  namespace: NAMESPACE,
  nodePort: NODE_PORT,
  url: URL,
  dataRoot,
  hostPaths,
  pulumi,
  up,
  preview,
  destroy,
  npm,
  setting,
  encrypted,
  init,
  remove,
} = testStack({
  name: "test",
  nodePort: 30090,
  settings: SETTINGS,
});

import { testStack } from "../../support/stack";

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
  setting,
  encrypted,
  init,
  remove,
} = testStack({
  name: "test",
  nodePort: 30090,
  // Little enough to be exceeded in a test.
  settings: { mysql: { maxLagSeconds: 10, binaryLogs: { maxMebibytes: 16 } } },
});

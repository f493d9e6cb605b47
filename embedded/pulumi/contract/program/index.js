// What each setting of the stack changes here, the tests say.
"use strict";
const pulumi = require("@pulumi/pulumi");
const k8s = require("@pulumi/kubernetes");

const config = new pulumi.Config();
console.log("the program speaks");
checkSettings();

const provider = new k8s.Provider("cluster", {
  kubeconfig: config.require("kubeconfig"),
  namespace: config.require("namespace"),
});
const credentials = new k8s.core.v1.Secret(
  "credentials",
  { stringData: { password: config.requireSecret("password") } },
  { provider },
);
const service = new k8s.core.v1.Service(
  "front",
  { metadata: { name: "cli-front" }, spec: { ports: [{ port: 80 }] } },
  { provider },
);
const settings = new k8s.core.v1.ConfigMap(
  "settings",
  {
    metadata: { name: "cli-settings", labels: { round: config.get("round") ?? "first" } },
    data: { address: service.spec.clusterIP, secret: credentials.metadata.name },
  },
  { provider },
);

function checkSettings() {
  // In a function of its own: Node.js 20.20 takes a minute to print an error whose stack trace reaches down to
  // @pulumi/pulumi/resource.js, as it does from a module's top level.
  if (config.getBoolean("throw")) {
    throw new pulumi.RunError("the program gives up");
  }
}

exports.address = service.spec.clusterIP;
exports.data = credentials.data;
exports.settings = settings.metadata.name;

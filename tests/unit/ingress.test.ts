import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";

import { Ingress } from "../../components/ingress";
import { record, registered } from "./mocks";

const common = {
  namespace: "space",
  hosts: ["www.example.org", "example.org"],
  service: "front",
  port: 80,
  tlsSecret: "front-tls",
};
const INGRESS = "kubernetes:networking.k8s.io/v1:Ingress";
const SECRET = "kubernetes:core/v1:Secret";

describe("an ingress", () => {
  it("ends TLS for each host, and hands all paths to the Service", async () => {
    const recorder = await record();
    new Ingress("front", { ...common, className: "nginx", annotations: { "cert-manager.io/cluster-issuer": "ca" } });
    await registered();

    const backend = { service: { name: "front", port: { number: 80 } } };
    const http = { paths: [{ path: "/", pathType: "Prefix", backend }] };
    expect(recorder.the(INGRESS, "front").inputs).to.deep.include({
      metadata: {
        name: "front",
        namespace: "space",
        annotations: { "pulumi.com/skipAwait": "true", "cert-manager.io/cluster-issuer": "ca" },
      },
      spec: {
        ingressClassName: "nginx",
        tls: [{ hosts: ["www.example.org", "example.org"], secretName: "front-tls" }],
        rules: [
          { host: "www.example.org", http },
          { host: "example.org", http },
        ],
      },
    });
    expect(recorder.registrations.map(({ type }) => type)).to.not.include(SECRET);
  });

  it("brings the Secret along when it is given a certificate; the key stays secret", async () => {
    const recorder = await record();
    new Ingress("front", { ...common, certificate: "a certificate", key: pulumi.secret("a key") });
    await registered();

    const { inputs, secrets } = recorder.the(SECRET, "front-tls");
    expect(inputs).to.deep.include({
      metadata: { name: "front-tls", namespace: "space" },
      type: "kubernetes.io/tls",
      stringData: { "tls.crt": "a certificate", "tls.key": "a key" },
    });
    expect(secrets).to.deep.equal(["stringData"]);
    const { spec } = recorder.the(INGRESS, "front").inputs as { spec: { tls: object[]; ingressClassName?: string } };
    expect(spec.tls).to.deep.equal([{ hosts: common.hosts, secretName: "front-tls" }]);
    expect(spec).to.not.have.property("ingressClassName");
  });
});

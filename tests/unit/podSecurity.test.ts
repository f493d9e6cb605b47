import { expect } from "chai";

import { PodSecurity, podSecurityLabels } from "../../components/podSecurity";
import { record, Recorder, registered } from "./mocks";

const PREFIX = "pod-security.kubernetes.io";

describe("Pod security", () => {
  it("is the namespace's affair, in full, where no directory of a node is mounted", () => {
    expect(podSecurityLabels(false)).to.deep.equal({
      [`${PREFIX}/enforce`]: "restricted",
      [`${PREFIX}/warn`]: "restricted",
      [`${PREFIX}/audit`]: "restricted",
    });
  });

  it("is noted only where they are: each pod would give a warning otherwise", () => {
    expect(podSecurityLabels(true)).to.deep.equal({
      [`${PREFIX}/enforce`]: "privileged",
      [`${PREFIX}/audit`]: "restricted",
    });
  });

  describe("of a namespace whose pods mount directories of a node", () => {
    const TYPE = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy";
    let recorder: Recorder;
    beforeEach(async () => {
      recorder = await record();
      new PodSecurity("pod-security", { namespace: "space", hostPaths: ["/data/one", "/data/two"] });
      await registered();
    });

    it("has objects whose names are no other namespace's", () => {
      const policy = recorder.the(TYPE, "pod-security").inputs;
      const binding = recorder.the(`${TYPE}Binding`, "pod-security").inputs;
      expect([policy["metadata"], binding["metadata"]]).to.deep.equal([
        { name: "space-pod-security" },
        { name: "space-pod-security" },
      ]);
      expect(binding["spec"]).to.deep.equal({
        policyName: "space-pod-security",
        validationActions: ["Deny"],
        matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "space" } } },
      });
    });

    it("lets these directories be mounted, and says which", () => {
      const { validations } = recorder.the(TYPE, "pod-security").inputs["spec"] as {
        validations: { expression: string; message: string }[];
      };
      const [volumes] = validations.filter(({ expression }) => expression.includes("hostPath"));
      expect(volumes?.expression).to.include('in ["/data/one", "/data/two"]');
      expect(volumes?.message).to.match(/only \/data\/one, \/data\/two$/);
    });
  });
});

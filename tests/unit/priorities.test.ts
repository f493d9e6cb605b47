import { expect } from "chai";

import { Priorities } from "../../components/priorities";
import { record, Recorder, registered, valueOf } from "./mocks";

describe("Priorities", () => {
  let recorder: Recorder;
  beforeEach(async () => {
    recorder = await record();
  });

  const classesMade = () => recorder.registrations.filter(({ type }) => type.endsWith(":PriorityClass"));

  it("are the namespace's own, as the whole cluster shares their names", async () => {
    const { classes } = new Priorities("priority", { namespace: "system-space" });
    const names = await Promise.all([classes.databases, classes.web, classes.jobs].map(valueOf));
    expect(names).to.deep.equal(["databases-system-space", "web-system-space", "jobs-system-space"]);
  });

  it("let databases alone push others out", async () => {
    new Priorities("priority", { namespace: "space" });
    await registered();
    expect(
      classesMade()
        .filter(({ inputs }) => inputs["preemptionPolicy"] !== "Never")
        .map(({ name }) => name),
    ).to.deep.equal(["priority-databases"]);
  });

  it("are those of others, where they are named", async () => {
    const { classes } = new Priorities("priority", {
      namespace: "space",
      existing: { databases: "gold", web: undefined },
    });
    expect(await valueOf(classes.databases)).to.equal("gold");
    await registered();
    expect(classesMade().map(({ name }) => name)).to.have.members(["priority-web", "priority-jobs"]);
  });
});

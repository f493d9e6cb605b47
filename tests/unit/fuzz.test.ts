import { expect } from "chai";

import { badRequests, HIDDEN } from "../support/badClients/fuzz";

describe("bad requests", () => {
  it("are the same for the same seed, and others for another", () => {
    const requests = badRequests(1, 200, "a=b", "token");
    expect(badRequests(1, 200, "a=b", "token")).to.deep.equal(requests);
    expect(badRequests(2, 200, "a=b", "token")).not.to.deep.equal(requests);
  });

  it("are of all kinds, each character a byte", () => {
    const requests = badRequests(7, 1000, "a=b", "token").map(({ bytes }) => bytes);
    for (const kind of [
      HIDDEN,
      "Transfer-Encoding: chunked",
      "Content-Length: -1",
      "\0",
      "X".repeat(300),
      "field-1=",
    ]) {
      expect(
        requests.some((bytes) => bytes.includes(kind)),
        kind,
      ).to.equal(true);
    }
    expect(requests.filter((bytes) => Buffer.from(bytes, "latin1").toString("latin1") !== bytes)).to.deep.equal([]);
  });
});

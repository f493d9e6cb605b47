import { Readable } from "node:stream";

import { expect } from "chai";

import { SecretSearch } from "../support/secretSearch";

const VALUE = 'p+ss/w"rd \\ ключ=';
const KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nAQEFAASCBKcwggSjAgEAAoIB\n-----END PRIVATE KEY-----";

describe("the search for secrets", () => {
  let search: SecretSearch;
  before(() => {
    search = new SecretSearch(
      new Map([
        ["password", VALUE],
        ["key", KEY],
      ]),
    );
  });
  after(() => {
    search.close();
  });

  for (const [how, text] of [
    ["as it is", `a=${VALUE};`],
    ["between bytes that are no text", Buffer.concat([Buffer.from([0, 255]), Buffer.from(VALUE), Buffer.from([0])])],
    ["in an address", `/?next=${encodeURIComponent(VALUE)}`],
    ["in JSON", JSON.stringify({ message: VALUE })],
    ["in JSON in JSON", JSON.stringify(JSON.stringify({ message: VALUE }))],
    ["in Base64", Buffer.from(VALUE).toString("base64")],
    ["within Base64, after one byte", Buffer.from(`u${VALUE} and more`).toString("base64")],
    ["within Base64, after two bytes", Buffer.from(`u:${VALUE} and more`).toString("base64")],
    ["within Base64 for addresses", Buffer.from(`user:${VALUE} and more`).toString("base64url")],
    ["in a stream", Readable.from([Buffer.from("x".repeat(100_000)), Buffer.from(VALUE)])],
    [
      "across two pieces of a stream",
      Readable.from([Buffer.from(VALUE).subarray(0, 5), Buffer.from(VALUE).subarray(5)]),
    ],
  ] as const) {
    it(`finds a value ${how}`, async () => {
      expect(await search.in(text)).to.deep.equal(["password"]);
    });
  }

  it("finds a line of a key, with other breaks", async () => {
    expect(await search.in(JSON.stringify({ key: KEY }))).to.deep.equal(["key"]);
    expect(await search.in(KEY.replaceAll("\n", " "))).to.deep.equal(["key"]);
  });

  it("finds several, and none where there is none", async () => {
    expect(await search.in(`${KEY}\n${VALUE}`)).to.deep.equal(["key", "password"]);
    expect(await search.in("p+ss/w and nothing more")).to.deep.equal([]);
    expect(await search.in("")).to.deep.equal([]);
  });
});

import { Random } from "./random";

/** The path of requests that are hidden in the body of another; nobody may ever see one arrive. */
export const HIDDEN = "/hidden-request-";

const PAGE = "/forms/guest-book/";

/** Any bytes as part of an address. */
const encoded = (bytes: string): string =>
  Array.from(Buffer.from(bytes, "latin1"), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");

const word = (random: Random): string =>
  random.pick<() => string>([
    () => "a",
    () => "",
    () => "-1",
    () => "99999999999999999999",
    () => "1e309",
    () => "' OR 1=1 -- ",
    () => "<script>alert(1)</script>",
    () => "{{7*7}}${7*7}%s%n",
    () => "../../../../etc/passwd",
    () => "\u00ff\u00fe\u0000",
    () => "x".repeat(1 + random.below(4000)),
    () => random.bytes(1 + random.below(40)),
  ])();

const method = (random: Random): string =>
  random.chance(70)
    ? random.pick(["GET", "POST", "HEAD"])
    : random.pick([
        "PUT",
        "DELETE",
        "OPTIONS",
        "TRACE",
        "CONNECT",
        "PATCH",
        "PROPFIND",
        "get",
        "G\0T",
        "X".repeat(300),
        "",
      ]);

const query = (random: Random): string =>
  Array.from(
    { length: random.below(4) },
    () =>
      `${random.pick(["q", "page", "after", "before", "sort", "next", encoded(word(random))])}=${encoded(word(random))}`,
  ).join("&");

const target = (random: Random): string => {
  const path = random.pick<() => string>([
    () => "/",
    () => PAGE,
    () => `${PAGE}new/`,
    () => `${PAGE}entries/${encoded(word(random))}/`,
    () => `${PAGE}export.csv`,
    () => "/accounts/login/",
    () => "/admin/",
    () => "/language/",
    () => "/status.json",
    () => "/static/../../etc/passwd",
    () => "/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    () => `/static/${encoded(word(random))}`,
    () => `/forms/${encoded(word(random))}/`,
    () => `/${random.bytes(20).replace(/[\r\n ]/g, "")}`,
    () => "*",
    () => "http://elsewhere.example/",
    () => `/${"a/".repeat(1 + random.below(6000))}`,
    () => "",
  ])();
  return random.chance(40) ? `${path}?${query(random)}` : path;
};

const version = (random: Random): string =>
  random.chance(85)
    ? " HTTP/1.1"
    : random.pick([" HTTP/1.0", "", " HTTP/2.0", " HTTP/9.9", " http/1.1", " HTTP/1.1 x", " HTTP/"]);

const header = (random: Random): string =>
  random.pick<() => string>([
    () => `Cookie: sessionid=${word(random)}; csrftoken=${word(random)}; messages=${word(random)}`,
    () => `Accept-Language: ${word(random)},ru;q=${word(random)}`,
    () => `Accept-Encoding: ${random.pick(["gzip, gzip, gzip", "identity;q=0", "*;q=0", "\0"])}`,
    () => `Range: bytes=${random.pick(["0-", "-1", "5-2", "0-0,1-1,2-2", "99999999999999999999-", "a-b"])}`,
    () => `If-Modified-Since: ${word(random)}`,
    () => `X-Forwarded-For: ${word(random)}`,
    () => `X-Forwarded-Proto: ${word(random)}`,
    () => `X-Real-IP: ${word(random)}`,
    () =>
      `Content-Type: ${random.pick(["multipart/form-data", "multipart/form-data; boundary=", "application/json", "x", "text/html; charset=utf-7"])}`,
    () => `Expect: ${random.pick(["100-continue", "x"])}`,
    () => `Upgrade: ${random.pick(["h2c", "websocket"])}\r\nConnection: Upgrade`,
    () => `Connection: ${random.pick(["close", "keep-alive", "Host, Content-Length", word(random)])}`,
    () => `Referer: ${word(random)}`,
    () => `Authorization: Basic ${word(random)}`,
    () => `Content_Length: 5`,
    () => "no colon",
    () => ": no name",
    () => " folded: line",
    () => `X-Null: a\0b`,
    () => `X-Long: ${"l".repeat(random.below(50_000))}`,
    () => Array.from({ length: 150 }, (_, number) => `X-Many-${number}: ${number}`).join("\r\n"),
  ])();

const host = (random: Random): string[] =>
  random.chance(85)
    ? ["Host: 127.0.0.1"]
    : random.pick([
        [],
        ["Host: 127.0.0.1", "Host: elsewhere.example"],
        ["Host: elsewhere.example"],
        ["Host: 127.0.0.1:99999"],
        ["Host: [::1"],
        [`Host: ${"h".repeat(2000)}`],
        ["Host : 127.0.0.1"],
        ["Host: 127.0.0.1/../x?y#z@w"],
      ]);

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

/** Headers that say where the body ends, and a body: right, wrong, or so that two readers could differ. */
const framing = (random: Random, number: number): readonly [headers: string[], body: string] => {
  const hidden = `GET ${HIDDEN}${number} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
  const text = word(random);
  return random.pick<() => readonly [string[], string]>([
    () => [[], ""],
    () => [[`Content-Length: ${text.length}`], text],
    () => [["Transfer-Encoding: chunked"], `${chunk(text)}0\r\n\r\n`],
    () => [
      ["Transfer-Encoding: chunked"],
      `${random.pick(["ffffffffffffffff", "-1", "5;a=b", "0x5", "g", ""])}\r\n${text}\r\n0\r\n\r\n`,
    ],
    () => [["Content-Length: -1"], text],
    () => [[`Content-Length: ${random.pick(["+5", "5 5", "0x5", "5,5", "99999999999999999999", "1e3"])}`], text],
    () => [["Content-Length: 4", "Content-Length: 5"], text],
    () => [["Content-Length: 5", "Transfer-Encoding: chunked"], `0\r\n\r\n${hidden}`],
    () => [[`Content-Length: ${hidden.length}`, "Transfer-Encoding: identity"], hidden],
    () => [[`Content-Length: ${hidden.length}`, "Transfer-Encoding: xchunked"], hidden],
    () => [[`Content-Length: ${hidden.length}`, "Transfer-Encoding : chunked"], hidden],
    () => [[`Content-Length: ${hidden.length}`, "Transfer-Encoding: chunked\x0b"], hidden],
    () => [[`Content-Length: ${hidden.length}`, "Transfer_Encoding: chunked"], hidden],
    () => [[`Content-Length: ${hidden.length}`], hidden],
    () => [["Transfer-Encoding: chunked"], `${chunk(hidden)}0\r\n\r\n`],
  ])();
};

/** A request of HTTP that is wrong in one way or in several, or in none. */
function badRequest(random: Random, number: number): string {
  const [headers, body] = framing(random, number);
  const lines = [
    `${method(random)} ${target(random)}${version(random)}`,
    ...host(random),
    ...headers,
    ...Array.from({ length: random.below(4) }, () => header(random)),
  ];
  const end = random.chance(90) ? "\r\n" : random.pick(["\n", "\r", "\r\r\n"]);
  const text = [...lines, "", ""].join(end) + body;
  return random.chance(95) ? text : text.slice(0, random.below(text.length));
}

/** A form as a browser sends it, with answers that no browser sends. */
function badForm(random: Random, cookie: string, token: string): string {
  const fields = ["field-1", "field-2", "field-3", "rev", "next", "language", encoded(word(random))] as const;
  const answers = Array.from(
    { length: random.chance(5) ? 1500 : random.below(8) },
    () => `${random.pick(fields)}=${encoded(word(random))}`,
  );
  const body = [`csrfmiddlewaretoken=${token}`, ...answers].join("&");
  // An address may sign in 60 times a minute, and whoever comes next has the same one.
  const path = random.chance(5) ? "/accounts/login/" : random.pick([`${PAGE}new/`, `${PAGE}new/`, "/language/"]);
  return [
    `POST ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    `Cookie: ${cookie}`,
    "Content-Type: application/x-www-form-urlencoded",
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

export interface BadRequest {
  /** A byte a character. */
  readonly bytes: string;
  /** Whether HTTP has nothing against it, so that an answer must come. */
  readonly wellFormed: boolean;
}

/**
 * Bad requests, the same ones for the same seed.
 * @param cookie what a browser would send back
 * @param token that its forms have
 */
export function badRequests(seed: number, count: number, cookie: string, token: string): BadRequest[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, number) =>
    random.chance(80)
      ? { bytes: badRequest(random, number), wellFormed: false }
      : { bytes: badForm(random, cookie, token), wellFormed: true },
  );
}

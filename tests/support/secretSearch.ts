import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";

/** Shorter ones would be found by chance; only a part of a key in several lines is that short. */
const SHORTEST = 8;

/** The characters that a value becomes in any text in Base64, wherever in it the value begins. */
const base64 = (value: string): string[] => {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const inner = text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    return [inner, inner.replaceAll("+", "-").replaceAll("/", "_")];
  });
};

/** The ways in which a value may be written; of one in several lines, each line's. */
export const spellings = (value: string): string[] => {
  const lines = value.split("\n").filter((line) => line.length >= SHORTEST);
  const all = lines.flatMap((line) => [
    line,
    encodeURIComponent(line),
    JSON.stringify(line).slice(1, -1),
    // As an argument or a variable of a shell, or a string of a string.
    JSON.stringify(JSON.stringify(line).slice(1, -1)).slice(1, -1),
    ...base64(line),
  ]);
  return [...new Set(all)];
};

/** A search for secrets, by their names. */
export class SecretSearch {
  private readonly folder = mkdtempSync(path.join(tmpdir(), "k8s-web-secrets-"));
  private readonly file = path.join(this.folder, "spellings");
  private readonly names: ReadonlyMap<string, string>;

  constructor(secrets: ReadonlyMap<string, string>) {
    this.names = new Map(
      [...secrets].flatMap(([name, value]) => spellings(value).map((spelling): [string, string] => [spelling, name])),
    );
    // Not as arguments: the list of processes is one of the places to search.
    writeFileSync(this.file, [...this.names.keys()].join("\n"), { mode: 0o600 });
  }

  /** Names of the secrets that stand in a text or a stream of bytes. */
  async in(place: string | Buffer | Readable): Promise<string[]> {
    const grep = spawn("grep", ["--text", "--only-matching", "--fixed-strings", "--file", this.file], {
      env: { PATH: process.env["PATH"], LC_ALL: "C" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    let found = "";
    grep.stdout.setEncoding("utf8").on("data", (text: string) => (found += text));
    const ended = new Promise<number | null>((resolve, reject) => grep.on("error", reject).on("close", resolve));
    const source = place instanceof Readable ? place : Readable.from([Buffer.from(place)]);
    const sent = new Promise<void>((resolve, reject) => {
      source.on("error", reject);
      grep.stdin.on("error", reject).on("finish", resolve);
    });
    source.pipe(grep.stdin);
    await sent;
    const code = await ended;
    if (code !== 0 && code !== 1) {
      throw new Error(`grep ended with ${code ?? "a signal"}`);
    }
    return [...new Set(found.split("\n").flatMap((spelling) => this.names.get(spelling) ?? []))].sort();
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

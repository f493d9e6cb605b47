import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";
import { strToU8, unzipSync, zipSync } from "fflate";
import { Browser, BrowserContext, chromium, Download, Locator, Page } from "playwright-core";
import readXlsxFile from "read-excel-file/node";
import writeXlsxFile, { SheetData } from "write-excel-file/node";

import { eventually, succeed } from "../support/run";
import { barriers, tabTo } from "./support/accessibility";
import { BROWSER, press, Troubles, troublesOf } from "./support/browser";
import { NAMESPACE, URL } from "./support/stack";

const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const DESKTOP = { width: 1280, height: 960 };
const PHONE = { width: 390, height: 844 };

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

/** Kind, label, and what else the editor is told of a question. */
interface Question {
  readonly kind: string;
  readonly label: string;
  readonly required?: boolean;
  readonly options?: readonly string[];
  readonly hint?: string;
}

const TITLE = "Autumn meeting";
const FORM = "/forms/autumn-meeting/";
const QUESTIONS: readonly Question[] = [
  { kind: "Short text", label: "Name", required: true },
  { kind: "E-mail address", label: "E-mail", required: true },
  { kind: "Choice: one", label: "Track", required: true, options: ["Databases", "Networks", "Web"] },
  { kind: "Choice: several", label: "Days", options: ["Friday", "Saturday"] },
  { kind: "Date", label: "Arrival" },
  { kind: "Number", label: "Guests", hint: "Besides yourself." },
  { kind: "Long text", label: "Remarks" },
  { kind: "File", label: "Photo" },
];
const HEADINGS = QUESTIONS.filter(({ kind }) => kind !== "File").map(({ label }) => label);

/** What the visitor remarks; a careless spreadsheet would take it for a formula. */
const REMARK = "+1 is vegetarian";

/** Rows of an import, newest last. */
const GUESTS: SheetData = [
  ["Ada Byron", "ada@example.org", "Databases", "Friday; Saturday", new Date("2026-12-04"), 1, "Vegetarian, please."],
  ["李雷", "lilei@example.org", "Networks", "Saturday", new Date("2026-12-05"), 0, "需要中文资料"],
  ["Анна Каренина", "anna@example.org", "Web", "Friday", new Date("2026-12-03"), 2, "Приеду поездом."],
  ["Grace Murray", "grace@example.org", "Web", "Friday; Saturday", new Date("2026-12-04"), 0, "I bring a poster."],
  ["Alan Mathison", "alan@example.org", "Networks", "Saturday", new Date("2026-12-05"), 1, null],
];

const workbook = (rows: SheetData): Promise<Buffer> => writeXlsxFile(rows, { dateFormat: "yyyy-mm-dd" }).toBuffer();

const contentOf = async (download: Download): Promise<Buffer> => readFileSync(await download.path());

/** A screenshot for the README, if the run is to make them: SCREENSHOTS=docs/images. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["SCREENSHOTS"];
  if (folder !== undefined) {
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
  }
}

/** The command of the application's README that makes the first administrator, without its terminal. */
function documentedCommand(): string {
  const readme = readFileSync("docker/dabaweb/README.md", "utf8");
  const line = readme.split("\n").find((text) => text.startsWith("kubectl") && text.includes(" create_admin "));
  expect(line, "the command in docker/dabaweb/README.md").to.be.a("string");
  return (line ?? "").replaceAll("k8s-web-dev", NAMESPACE).replace(" -it ", " -i ");
}

describe("the application", () => {
  const password = randomBytes(12).toString("base64");
  const folder = mkdtempSync(path.join(tmpdir(), "k8s-web-uploads-"));
  const troubles: Troubles[] = [];
  let browser: Browser;
  let member: Page;
  let visitor: Page;
  let stranger: Page;

  const session = async (): Promise<BrowserContext> => {
    const context = await browser.newContext({ locale: "en", viewport: DESKTOP, reducedMotion: "reduce" });
    context.setDefaultTimeout(10_000);
    troubles.push(troublesOf(context, URL));
    return context;
  };
  const signIn = async (page: Page, name: string, secret: string): Promise<void> => {
    await page.goto(`${URL}/accounts/login/`);
    await page.getByLabel("Username").fill(name);
    await page.getByLabel("Password").fill(secret);
    await press(page.getByRole("button", { name: "Sign in" }));
  };
  const heading = (page: Page): Promise<string | null> => page.getByRole("heading", { level: 1 }).textContent();
  const names = (page: Page): Promise<string[]> => page.locator("tbody td:first-child").allTextContents();
  const download = async (link: Locator): Promise<Download> => {
    const [file] = await Promise.all([link.page().waitForEvent("download"), link.click()]);
    return file;
  };
  const choose = async (ending: RegExp): Promise<Locator> => {
    await member.getByText("Excel and CSV").click();
    return member.getByRole("link", { name: ending });
  };
  /** Sends a file to be imported; a name's content, or where the file lies. */
  const send = async (file: string | { name: string; buffer: Buffer }): Promise<void> => {
    await member.goto(`${URL}${FORM}import/`);
    await member
      .getByLabel("Excel workbook")
      .setInputFiles(typeof file === "string" ? file : { mimeType: XLSX, ...file });
    await press(member.getByRole("button", { name: "Import" }));
  };

  before(async () => {
    browser = await chromium.launch(BROWSER);
    [member, visitor, stranger] = [
      await (await session()).newPage(),
      await (await session()).newPage(),
      await (await session()).newPage(),
    ];
  });
  after(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  it("gets its first administrator and team as the README says", async () => {
    const said = await succeed("sh", ["-c", documentedCommand()], { input: `${password}\n` });
    expect(said).to.match(/^ada is an administrator and in the team Everyone/);
  });

  it("tells who signs in with a wrong password, and lets in who has the right one", async () => {
    await signIn(member, "ada", "wrong");
    await member.getByText("Please enter a correct username and password").waitFor();
    expect(await member.getByLabel("Username").inputValue()).to.equal("ada");
    await signIn(member, "ada", password);
    expect(member.url()).to.equal(`${URL}/`);
    await member.locator("summary", { hasText: "ada" }).waitFor();
  });

  it("makes a form in the editor", async () => {
    await press(member.getByRole("button", { name: "New form" }));
    await member.getByLabel("Title").fill(TITLE);
    await member
      .getByLabel("Description")
      .fill("Friday and Saturday, 4 and 5 December. We look forward to seeing you.");
    for (const [number, { kind, label, required, options, hint }] of QUESTIONS.entries()) {
      if (number > 0) {
        await press(member.getByRole("button", { name: "Add a question" }));
      }
      const question = member.getByRole("group", { name: `Question ${number + 1}`, exact: true });
      await question.getByLabel("Question", { exact: true }).fill(label);
      await question.getByLabel("Answer").selectOption({ label: kind });
      await question.getByLabel("Required").setChecked(required ?? false);
      await question.getByLabel("Hint").fill(hint ?? "");
      if (options !== undefined) {
        await question.getByLabel("Choices").fill(options.join("\n"));
      }
    }
    await member.getByLabel("open for answers").uncheck();
    await member.getByLabel("without signing in").check();
    await press(member.getByRole("button", { name: "Make the form" }));
    expect(await member.getByRole("status").textContent()).to.equal("Your form is ready.");
    expect(new globalThis.URL(member.url()).pathname).to.equal(FORM);
  });

  it("takes answers when the form is published, not before", async () => {
    const answer = await visitor.goto(`${URL}${FORM}new/`);
    expect(answer?.status()).to.equal(403);
    await visitor.getByText("This form is closed").waitFor();

    await press(member.getByRole("button", { name: "Edit" }));
    await member.getByLabel("open for answers").check();
    await member.evaluate("window.scrollTo(0, 0)");
    await picture(member, "editor");
    await press(member.getByRole("button", { name: "Save the form" }));
    expect(await member.getByLabel("Share this address").inputValue()).to.equal(`${URL}${FORM}new/`);
  });

  it("refuses a file that is not what it says, and keeps the other answers", async () => {
    await visitor.goto(await member.getByLabel("Share this address").inputValue());
    await visitor.getByLabel("Name").fill("Mary Shelley");
    await visitor.getByLabel("E-mail").fill("mary@example.org");
    await visitor.getByLabel("Databases").check();
    await visitor.getByLabel("Friday").check();
    await visitor.getByLabel("Arrival").fill("2026-12-04");
    await visitor.getByLabel("Guests").fill("2");
    await picture(visitor, "form");
    await visitor.getByLabel("Remarks").fill(REMARK);
    const photo = visitor.getByLabel("Photo");
    for (const [name, reason] of [
      ["photo.png", "The file's content is not what its name says."],
      ["photo.html", "Files of this type are not taken."],
    ] as const) {
      const buffer = Buffer.from("<script>alert(1)</script>");
      await photo.setInputFiles({ name, mimeType: "image/png", buffer });
      await press(visitor.getByRole("button", { name: "Save the entry" }));
      expect(await visitor.getByText(reason).count(), name).to.equal(1);
    }
    expect(await visitor.getByLabel("Remarks").inputValue()).to.equal(REMARK);
    expect(await visitor.getByLabel("Friday").isChecked()).to.equal(true);
  });

  it("takes an entry from the keyboard of somebody who is not signed in, and shows it to the team at once", async () => {
    await visitor.getByLabel("Photo").setInputFiles({
      name: "photo.png",
      mimeType: "image/png",
      buffer: PNG,
    });
    await visitor.locator("body").press("Home");
    expect(await tabTo(visitor, 'main button[type="submit"]')).to.equal(true);
    await visitor.keyboard.press("Enter");
    await visitor.waitForURL(`${URL}${FORM}thanks/`);
    // Another session's write: a slave may have it some milliseconds later.
    await eventually(2, async () => {
      await member.goto(`${URL}${FORM}`);
      expect(await names(member)).to.deep.equal(["Mary Shelley"]);
    });
    expect(await member.locator("tbody td").nth(6).textContent()).to.equal(REMARK);
  });

  it("hands the uploaded file to a member of the team only", async () => {
    const link = member.getByRole("link", { name: "photo.png" });
    const file = await download(link);
    expect(file.suggestedFilename()).to.equal("photo.png");
    expect((await contentOf(file)).equals(PNG)).to.equal(true);

    const address = URL + ((await link.getAttribute("href")) ?? "");
    await visitor.goto(address);
    expect(await heading(visitor)).to.equal("Sign in");
    await visitor.goto(`${URL}${FORM}`);
    expect(new globalThis.URL(visitor.url()).pathname, "the answers").to.equal(`${FORM}new/`);
  });

  it("reports what is wrong in a workbook, by row, column and reason, and imports nothing of it", async () => {
    const wrong: SheetData = [
      HEADINGS,
      ["Right", "right@example.org", "Web", "Friday", null, 1, null],
      ["Wrong", "nobody", "Cooking", "Sunday", "soon", "many", null],
      [null, "noname@example.org", "Web", null, null, { type: "Formula", value: "=1+1" }, null],
    ];
    await send({ name: "wrong.xlsx", buffer: await workbook(wrong) });
    expect(await member.getByRole("alert").textContent()).to.include("Nothing was imported: the file has 7 problems.");
    const rows = await member.locator("tbody tr").all();
    const report = await Promise.all(rows.map((row) => row.locator("td").allTextContents()));
    const expected = [
      ["3", "E-mail", /valid email/],
      ["3", "Track", /Cooking/],
      ["3", "Days", /Sunday/],
      ["3", "Arrival", /valid date/],
      ["3", "Guests", /number/],
      ["4", "Name", /required/],
      ["4", "Guests", /formula/],
    ] as const;
    expect(report.map(([row, column]) => [row, column])).to.deep.equal(expected.map(([row, column]) => [row, column]));
    for (const [number, [, , reason]] of expected.entries()) {
      expect(report[number]?.[2]).to.match(reason);
    }
    await member.goto(`${URL}${FORM}`);
    expect(await names(member)).to.deep.equal(["Mary Shelley"]);
  });

  it("imports a workbook without mistakes, once", async () => {
    const file = { name: "guests.xlsx", buffer: await workbook([HEADINGS, ...GUESTS]) };
    await send(file);
    expect(await member.getByRole("status").textContent()).to.include("5 entries are imported.");
    const all = ["Mary Shelley", ...GUESTS.map(([name]) => name)].reverse();
    expect(await names(member)).to.deep.equal(all);
    await send(file);
    expect(await member.getByRole("status").textContent()).to.include("5 rows were there already");
    expect(await names(member)).to.deep.equal(all);
    await member.goto(`${URL}${FORM}`);
    await picture(member, "entries");
  });

  it("finds entries by words and by answers", async () => {
    // What is imported is found when it is indexed, a moment later.
    await eventually(20, async () => {
      await member.goto(`${URL}${FORM}`);
      await member.getByRole("searchbox").fill("поездом");
      await press(member.getByRole("button", { name: "Search" }));
      expect(await names(member)).to.deep.equal(["Анна Каренина"]);
    });
    await press(member.getByRole("link", { name: "Show all entries" }));
    await member.locator("summary", { hasText: "Filter" }).click();
    await member.getByLabel("Track").selectOption("Networks");
    await member.getByLabel("Guests: from").fill("1");
    await press(member.getByRole("button", { name: "Show" }));
    expect(await names(member)).to.deep.equal(["Alan Mathison"]);
    expect(await member.getByLabel("Track").inputValue(), "the filter stays to be seen").to.equal("Networks");
  });

  it("exports what is found, and everything, as a spreadsheet keeps it", async () => {
    const found = await readXlsxFile(await contentOf(await download(await choose(/what is found as .xlsx/))));
    expect(found[0]?.data.map(([name]) => name)).to.deep.equal(["Name", "Alan Mathison"]);

    await member.goto(`${URL}${FORM}`);
    const file = await download(await choose(/all as .xlsx/));
    expect(file.suggestedFilename()).to.match(/^autumn-meeting-\d{4}-\d\d-\d\d\.xlsx$/);
    const [header, ...rows] = (await readXlsxFile(await contentOf(file)))[0]?.data ?? [];
    expect(header).to.deep.equal([...QUESTIONS.map(({ label }) => label), "Received (UTC)"]);
    const visit = ["Mary Shelley", "mary@example.org", "Databases", "Friday", new Date("2026-12-04"), 2, REMARK];
    const wanted = [[...visit, "photo.png"], ...GUESTS.map((guest) => [...guest, null])].reverse();
    expect(rows.map((row) => row.slice(0, -1))).to.deep.equal(wanted);
    for (const received of rows.map((row) => row.at(-1))) {
      expect(Date.now() - Number(received)).to.be.within(0, 600_000);
    }
  });

  it("exports CSV without formulas", async () => {
    await member.goto(`${URL}${FORM}`);
    const file = await download(await choose(/all as .csv/));
    const lines = (await contentOf(file)).toString("utf8").split("\r\n");
    expect(lines[0]).to.equal(`\uFEFF${QUESTIONS.map(({ label }) => label).join(",")},Received (UTC)`);
    expect(lines.slice(1).map((line) => line.replace(/,[-\d]{10} [:\d]{8}$/, ""))).to.deep.equal([
      "Alan Mathison,alan@example.org,Networks,Saturday,2026-12-05,1,,",
      "Grace Murray,grace@example.org,Web,Friday; Saturday,2026-12-04,0,I bring a poster.,",
      "Анна Каренина,anna@example.org,Web,Friday,2026-12-03,2,Приеду поездом.,",
      "李雷,lilei@example.org,Networks,Saturday,2026-12-05,0,需要中文资料,",
      'Ada Byron,ada@example.org,Databases,Friday; Saturday,2026-12-04,1,"Vegetarian, please.",',
      `Mary Shelley,mary@example.org,Databases,Friday,2026-12-04,2,'${REMARK},photo.png`,
      "",
    ]);
  });

  it("refuses hostile files with a word of what is wrong", async () => {
    const good = await workbook([HEADINGS, ...GUESTS]);
    const parts = unzipSync(good);
    const bomb = zipSync({ ...parts, "xl/worksheets/sheet1.xml": strToU8(" ".repeat(64 * 1024 * 1024)) });
    const macros = zipSync({ ...parts, "xl/vbaProject.bin": strToU8("macro") });
    const files: readonly (readonly [string, Buffer, string])[] = [
      ["bomb.xlsx", Buffer.from(bomb), "unpacks to far more than an Excel workbook needs"],
      ["macros.xlsx", Buffer.from(macros), "contains macros"],
      ["text.xlsx", Buffer.from("Name,E-mail\n"), "not an Excel workbook"],
      ["old.xlsx", Buffer.from("d0cf11e0a1b11ae1", "hex"), "old .xls, or protected by a password"],
      ["cut.xlsx", good.subarray(0, good.length / 2), "damaged"],
    ];
    for (const [name, buffer, reason] of files) {
      await send({ name, buffer });
      expect(await heading(member), name).to.equal(TITLE);
      expect(await member.locator(".errorlist").textContent(), name).to.include(reason);
    }
    const large = path.join(folder, "large.xlsx");
    writeFileSync(large, Buffer.alloc(50 * 1024 * 1024, "PK"));
    await send(large);
    expect(await heading(member), "50 MB").to.match(/too large/);
    await member.goto(`${URL}${FORM}`);
    expect(await names(member)).to.have.length(1 + GUESTS.length);
  });

  it("draws each server on the status page, and gives the same as JSON", async () => {
    await member.goto(`${URL}/status`);
    for (const cluster of ["MySQL", "Redis"]) {
      const servers = member.getByRole("region", { name: cluster }).locator(".status-server");
      expect(await servers.count(), cluster).to.equal(3);
    }
    await picture(member, "status");
    const time = member.locator("#status time");
    const first = await time.textContent();
    await eventually(15, async () => {
      expect(await time.textContent()).not.to.equal(first);
    });
    await press(member.getByRole("link", { name: "The same as JSON" }));
    const { state, mysql } = JSON.parse((await member.locator("body").textContent()) ?? "") as {
      state: string;
      mysql: { servers: { role: string }[] };
    };
    expect(state).to.equal("ok");
    expect(mysql.servers.map(({ role }) => role)).to.deep.equal(["master", "slave", "slave"]);
  });

  it("speaks Russian and Chinese", async () => {
    await visitor.goto(`${URL}/accounts/login/`);
    for (const [button, language, title] of [
      ["Русский", "ru", "Войти"],
      ["中文", "zh-hans", "登录"],
      ["English", "en", "Sign in"],
    ] as const) {
      await press(visitor.getByRole("button", { name: button }));
      expect(await heading(visitor)).to.equal(title);
      expect(await visitor.locator("html").getAttribute("lang")).to.equal(language);
    }
  });

  it("lets the administrator add people in Django's admin, whose scripts run", async () => {
    await member.goto(`${URL}/admin/auth/user/add/`);
    await member.getByLabel("Username").fill("grace");
    await member.getByLabel("Password:").fill(password);
    await member.getByLabel("Password confirmation:").fill(password);
    await press(member.getByRole("button", { name: "Save", exact: true }));
    await member.getByText("was added successfully").waitFor();
    // The two lists of permissions are made by a script.
    await member.locator("#id_user_permissions_to").waitFor();
    await signIn(stranger, "grace", password);
    const answer = await stranger.goto(`${URL}${FORM}`);
    expect(new globalThis.URL(stranger.url()).pathname).to.equal(`${FORM}new/`);
    expect(answer?.status()).to.equal(200);
    expect((await stranger.goto(`${URL}${FORM}edit/`))?.status(), "not of the team").to.equal(404);
  });

  it("has no barriers on any page, light or dark, and fits a phone", async () => {
    await member.goto(`${URL}${FORM}`);
    const entry = await member.locator("tbody tr:last-child td:last-child a").getAttribute("href");
    const own = ["/", "/new/", "/accounts/password_change/"];
    const form = ["", "?q=nothing", "edit/", "delete/", "new/", "thanks/", "import/"].map((end) => FORM + end);
    const pages = [...own, ...form, entry ?? "", `${entry ?? ""}delete/`, "/status", "/nowhere"];
    const visits = [...pages.map((at) => [member, at]), [visitor, "/accounts/login/"]] as [Page, string][];
    const found: string[] = [];
    for (const [page, at] of visits) {
      await page.emulateMedia({ colorScheme: "light" });
      await page.goto(URL + at);
      found.push(...(await barriers(page)).map((barrier) => `${at}: ${barrier}`));
      await page.emulateMedia({ colorScheme: "dark" });
      found.push(...(await barriers(page)).map((barrier) => `${at} in the dark: ${barrier}`));
      await page.setViewportSize(PHONE);
      if ((await page.evaluate(() => document.documentElement.scrollWidth)) > PHONE.width) {
        found.push(`${at}: wider than a phone`);
      }
      if (at === "/status") {
        await picture(page, "status-dark-phone");
      }
      await page.setViewportSize(DESKTOP);
    }
    expect(found).to.deep.equal([]);
  });

  it("stops who tries too many passwords, of that account only", async () => {
    await visitor.goto(`${URL}/accounts/login/`);
    await visitor.getByLabel("Username").fill("grace");
    // One more than fit in two minutes of ten each.
    for (let attempt = 0; attempt <= 20 && (await heading(visitor)) === "Sign in"; attempt++) {
      await visitor.getByLabel("Password").fill(`wrong ${attempt}`);
      await press(visitor.getByRole("button", { name: "Sign in" }));
    }
    expect(await heading(visitor)).to.equal("A little slower, please");
    const context = await session();
    const page = await context.newPage();
    await signIn(page, "ada", password);
    expect(page.url()).to.equal(`${URL}/`);
    await context.close();
  });

  it("deletes a form for all to see", async () => {
    await member.goto(`${URL}${FORM}edit/`);
    await press(member.getByRole("link", { name: "Delete the form" }));
    await press(member.getByRole("button", { name: "Delete the form" }));
    expect(await member.getByRole("link", { name: TITLE }).count()).to.equal(0);
    await eventually(5, async () => {
      expect((await visitor.goto(`${URL}${FORM}new/`))?.status()).to.equal(404);
    });
  });

  it("asked nothing of other hosts on the whole walk, and nothing was stopped by its Content-Security-Policy", () => {
    for (const { elsewhere, errors } of troubles) {
      expect(elsewhere).to.deep.equal([]);
      expect(errors).to.deep.equal([]);
    }
  });
});

// The pages beside those of workloads in a real browser, by people with a tenant's roles and no others, against a real API server and operator.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PAGES } from "../../../console/contract.ts";
import { EYES, TWO } from "../../attack/gate-people.ts";
import { changeCases } from "./change-cases.ts";
import { hostile } from "./hostile.ts";
import { overviewCases } from "./overview-cases.ts";
import { type PagesScene, startPagesScene } from "./pages-scene.ts";
import { playEvidence, playGate } from "./played-gate.ts";
import type { Played } from "./played-run.ts";
import { fits, type Shown, tabTo, violations } from "./shown-page.ts";
import { startCases } from "./start-cases.ts";

const URLS = ["https://shop.example/kettles", "https://other.example/kettles"];
const FINDINGS = [
  { severity: "medium", url: URLS[0], text: "The price excludes the shipping of 4.90 EUR." },
  { severity: "high", url: URLS[1], text: "The kettle is out of stock." },
  { severity: "low", url: "https://elsewhere.example/", text: "A page that nobody asked for." },
];
/** As the step writes it beside a screenshot: the texts and where they are. */
const SHOWN = [
  {
    texts: [
      ["Kettles", 1],
      ["All prices are with tax.", 1],
      ["Shipping is 4.90 EUR more.", 1],
      ["hidden: 4.90 EUR", 0],
    ],
    boxes: [[8, 20, 100, 60], [8, 80, 300, 110], [8, 400, 320, 430], null],
  },
];
const ANALYSIS = { confidence: 0.72, reasons: ["One of two pages shows no stock."], findings: FINDINGS };

let scene: PagesScene;
let screenshots: Buffer[] = [];
let ann: Shown;
/** One that two must approve, and one that who has submitted it may not. */
let two: Played;
let eyes: Played;

const gateOf = ({ metadata }: AgentWorkload) => PAGES.gate(metadata.namespace ?? "", metadata.name);
const nameOf = ({ workload }: Played) => workload.metadata.name;
const evidence = (analysis: object = ANALYSIS) => ({ objects: scene.objects, analysis, screenshots, shown: SHOWN });

/** What a browser shows of a shop's page. */
async function drawPage(text: string): Promise<Buffer> {
  const page = await scene.browser.newPage({ viewport: { width: 640, height: 480 } });
  await page.setContent(`<body style="font:24px sans-serif"><h1>Kettles</h1><p>${text}</p></body>`);
  const picture = await page.screenshot();
  await page.close();
  return picture;
}

beforeAll(async () => {
  scene = await startPagesScene();
  screenshots = await Promise.all([drawPage("39.90 EUR"), drawPage("35.00 EUR, out of stock")]);
  const spec = { objective: "compare the prices of kettles", targetUrls: URLS };
  two = await playGate(scene.tenants, { space: TWO, spec }, evidence());
  eyes = await playGate(scene.tenants, { space: EYES, submitter: "tara", spec }, evidence());
  ann = await scene.open("ann", PAGES.inbox);
}, 180_000);
afterAll(async () => await scene?.stop());

describe("the inbox", () => {
  test("has every gate that waits for the visitor, those first that wait longest, and the bar says how many", async () => {
    const { page } = ann;
    const list = page.getByRole("list", { name: "Gates that wait for you" });
    await list.getByRole("link", { name: nameOf(eyes) }).waitFor();
    expect(await list.getByRole("link").allTextContents()).toEqual([nameOf(two), nameOf(eyes)]);
    const first = list.getByRole("listitem").first();
    for (const words of [/two/, /Waiting for/, / left/, /0 of 2/, /0\.72/, /Cost/])
      await first.getByText(words).first().waitFor();
    await page.getByRole("link", { name: "Inbox 2 wait for you" }).waitFor();
    await fits(ann, "inbox");
  });

  test("leads from gate to gate by the arrow keys", async () => {
    const { page } = ann;
    await page.getByRole("link", { name: nameOf(two) }).focus();
    await page.keyboard.press("ArrowDown");
    await page.locator("a:focus", { hasText: nameOf(eyes) }).waitFor();
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: `Gate of ${nameOf(two)}` }).waitFor();
    expect(new URL(page.url()).pathname).toBe(gateOf(two.workload));
  });

  test("tells who answers nothing so, beside the gates that wait for others", async () => {
    const sam = await scene.open("sam", PAGES.inbox, { colorScheme: "dark" });
    await sam.page.getByText("You are an approver in none of your tenants").waitFor();
    await sam.page.getByRole("list", { name: "Gates that wait for others" }).getByText(nameOf(two)).waitFor();
    await fits(sam, "inbox-empty-dark");
    await sam.page.context().close();
  });
});

describe("a gate", () => {
  test("shows every finding beside the picture and the address of its page", async () => {
    const { page } = ann;
    const article = page.getByRole("article").filter({ hasText: URLS[1] ?? "" });
    await article.getByText("The kettle is out of stock.").waitFor();
    await article.scrollIntoViewIfNeeded();
    const width = 'document.querySelectorAll(".page-evidence img")[1]?.naturalWidth';
    await expect.poll(() => page.evaluate(width), { timeout: 30_000 }).toBe(640);
    expect(await article.getByText("The price excludes").count()).toBe(0);
    const [first] = await page.getByRole("article").all();
    const place = first?.locator("blockquote");
    expect(await place?.allTextContents()).toEqual(["Shipping is 4.90 EUR more.Show on the picture"]);
    expect(await place?.locator("mark").textContent()).toBe("4.90 EUR");
    await place?.getByRole("button", { name: "Show on the picture" }).click();
    // Its place is where the picture has it, and the picture is scrolled there.
    const marked = first?.locator(".place.shown");
    await marked?.waitFor();
    const [box, picture] = [await marked?.boundingBox(), await first?.locator("img").boundingBox()];
    const scale = (picture?.width ?? 0) / 640;
    expect((box?.y ?? 0) - (picture?.y ?? 0)).toBeCloseTo(400 * scale - 8, -1);
    await page.getByText("Of no page that was to be read").waitFor();
    await page.getByText("One of two pages shows no stock.").waitFor();
    await page.getByRole("heading", { name: "The policy would deny it" }).waitFor();
    await page.getByText("confidence 0.72 is below the threshold 0.95").waitFor();
    await fits(ann, "gate");
  });

  test("takes no denial without a reason, and an answer with the digests of what is shown", async () => {
    const { page } = ann;
    const reason = page.getByLabel("Reason or question");
    await page.getByRole("button", { name: "Deny" }).click();
    await page.getByText("A denial needs a reason: the submitter reads it.").waitFor();
    await page.locator("textarea:focus").waitFor();
    expect(await violations(ann)).toEqual([]);
    await reason.fill("prices checked");
    await page.reload();
    expect(await reason.inputValue()).toBe("prices checked");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText(`You have approved ${nameOf(two)}.`).waitFor();
    await page.getByText("1 of 2 approvals by different people").waitFor();
    const { approval } = await scene.tenants.statusOf(two.workload, (status) => status.approval?.answers?.length === 1);
    expect(approval?.answers).toMatchObject([{ by: "ann", reason: "prices checked", evidence: approval?.evidence }]);
    expect(Object.keys(approval?.evidence ?? {}).sort()).toEqual(["analysis", "screenshot"]);
    await page.getByRole("link", { name: "Inbox 1 wait for you" }).waitFor();
  });

  test("leads on to the next one by key, and refuses an answer to evidence that has changed meanwhile", async () => {
    const { page } = ann;
    await page.keyboard.press("Alt+PageDown");
    await page.getByRole("heading", { name: `Gate of ${nameOf(eyes)}` }).waitFor();
    await page.getByText("The kettle is out of stock.", { exact: true }).waitFor();
    const changed = {
      ...ANALYSIS,
      findings: [{ severity: "critical", url: URLS[0], text: "Another one altogether." }],
    };
    await playEvidence(scene.tenants, eyes, evidence(changed));
    await page.getByRole("button", { name: "Approve" }).click();
    const notice = page.getByRole("alert").filter({ hasText: "The evidence has changed since you opened the page" });
    await notice.waitFor();
    expect(await page.getByRole("button", { name: "Approve" }).isDisabled()).toBe(true);
    await fits(ann, "gate-changed");
    await notice.getByRole("button", { name: "Show what is there now" }).click();
    await page.getByText("Another one altogether.", { exact: true }).waitFor();
    const { approval } = await scene.tenants.statusOf(eyes.workload, () => true);
    expect(approval?.answers).toBeUndefined();
  });

  test("takes a question to the submitter, who replies there", async () => {
    const { page } = ann;
    await page.getByRole("button", { name: "Ask the submitter" }).click();
    await page.getByText("What do you ask?").waitFor();
    await page.getByLabel("Reason or question").fill("which kettle?");
    await page.getByRole("button", { name: "Ask the submitter" }).click();
    await page.getByText("Nobody has replied yet.").waitFor();
    const tara = await scene.open("tara", gateOf(eyes.workload));
    await tara.page.getByLabel("Reply").fill("the red one");
    expect(await violations(tara)).toEqual([]);
    await tara.page.getByRole("button", { name: "Reply" }).click();
    await page.getByText("the red one").waitFor();
    const { approval } = await scene.tenants.statusOf(eyes.workload, () => true);
    expect(approval?.questions).toMatchObject([{ question: "which kettle?", by: "ann", reply: "the red one" }]);
    await fits(ann, "gate-asked");
    await tara.page.context().close();
  });

  test("tells who has submitted the workload that they may not approve it", async () => {
    const tara = await scene.open("tara", gateOf(eyes.workload), { colorScheme: "dark" });
    await tara.page.getByText(/you have submitted the workload/).waitFor();
    expect(await tara.page.getByRole("button", { name: "Approve" }).isDisabled()).toBe(true);
    await fits(tara, "gate-refused-dark");
    await tara.page.context().close();
  });

  test("follows what others answer, and is over once it is decided", async () => {
    const { page } = ann;
    await page.getByLabel("Reason or question").fill("out of stock");
    await page.getByRole("button", { name: "Deny" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("The gate asks nobody now.").waitFor();
    await page.getByText(/^Decided: denied by ann: out of stock/).waitFor();
    await page.goto(gateOf(two.workload));
    await page.getByText("1 of 2 approvals by different people").waitFor();
    await scene.tenants.answer("bob", two.workload, "approve");
    await page.getByText("2 of 2 approvals by different people").waitFor();
    await page.getByText(/^Decided: approved/).waitFor();
    await fits(ann, "gate-decided");
    await page.getByRole("link", { name: "Inbox", exact: true }).first().click();
    await page.getByText("Nothing waits for you").waitFor();
    expect(await violations(ann)).toEqual([]);
  });

  test("shows hostile findings as the text that they are, and runs none of it", async () => {
    const findings = hostile.map((text) => ({ severity: "critical", url: text, text }));
    const objective = hostile.join("\n").slice(0, 900).replaceAll("{{", "");
    const spec = { objective, targetUrls: [URLS[0] ?? ""] };
    const played = await playGate(
      scene.tenants,
      { space: TWO, spec },
      evidence({ ...ANALYSIS, reasons: hostile, findings }),
    );
    const { page } = ann;
    await page.goto(gateOf(played.workload));
    await page
      .getByText(hostile[0] ?? "", { exact: true })
      .first()
      .waitFor();
    expect(await page.locator(".findings li").count()).toBe(hostile.length);
    expect(await page.evaluate("globalThis.ran ?? 0")).toBe(0);
    await fits(ann, "gate-hostile");
  });

  test("is found and answered by the keyboard alone", async () => {
    const { workload } = await playGate(scene.tenants, { space: EYES, spec: { targetUrls: URLS } }, evidence());
    const { page } = ann;
    await page.goto(PAGES.inbox);
    await page.getByRole("link", { name: workload.metadata.name }).waitFor();
    await tabTo(page, workload.metadata.name);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Approve" }).waitFor();
    await tabTo(page, "Approve");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.type("read by keys");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    const { approval } = await scene.tenants.statusOf(workload, (status) => status.approval?.answers?.length === 1);
    expect(approval?.answers).toMatchObject([{ decision: "approve", by: "ann", reason: "read by keys" }]);
    await page.getByText(/^Decided: approved by ann/).waitFor();
  });

  test("says what is wrong where the gate can't be shown", async () => {
    const olga = await scene.open("olga", gateOf(two.workload));
    await olga.page.getByRole("alert").getByRole("button", { name: "Try again" }).waitFor();
    await fits(olga, "gate-forbidden");
    await olga.page.context().close();
  });
});

describe("a gate with something to change", () => changeCases(() => ({ scene, evidence: evidence() })));
describe("the page Start", () => startCases(() => scene));
describe("the overview", () => overviewCases(() => scene));

test("no script of another's has run, no policy was violated, nothing of another site was asked for", () => {
  expect(ann.complaints).toEqual([]);
});

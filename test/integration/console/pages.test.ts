// The console's pages in a real browser, by people with a tenant's roles and no others, against a real API server and operator.
import { setTimeout as sleep } from "node:timers/promises";
import { workloadPath } from "@agentic/kube/workloads/paths.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PAGES, PATHS } from "../../../console/contract.ts";
import { EYES, TWO } from "../../attack/gate-people.ts";
import { firstPageBytes } from "./built-pages.ts";
import { hostileText as text } from "./hostile.ts";
import { goneRunCases, keptLogCases } from "./log-cases.ts";
import { type PagesScene, pathOf, startPagesScene } from "./pages-scene.ts";
import { PIXEL, type Played, playBeginning, playEnd } from "./played-run.ts";
import { fits, focused, type Shown, tabTo, violations } from "./shown-page.ts";
import { tokenOf } from "./visitors.ts";

let scene: PagesScene;
let sam: Shown;
let played: Played;

beforeAll(async () => {
  scene = await startPagesScene();
  sam = await scene.open();
  played = await playBeginning(scene.tenants, { space: EYES, spec: { objective: text.slice(0, 1000) } });
}, 180_000);
afterAll(async () => await scene?.stop());

test("what a browser loads for the first page is 250 kB, compressed, or less", () => {
  expect(firstPageBytes(scene.folder)).toBeLessThan(250_000);
});

describe("signing in", () => {
  test("asks for a token, says what is wrong with one, and leads to the page that was asked for", async () => {
    const { page } = sam;
    await page.goto("/?q=nothing");
    await fits(sam, "sign-in");
    await page.getByLabel("Kubernetes token").fill("made-up");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Kubernetes token").fill(tokenOf("sam"));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Workloads" }).waitFor();
    expect(await page.getByRole("searchbox").inputValue()).toBe("nothing");
  });

  test("with the code of a local command takes one step, and leaves no code in the address", async () => {
    const headers = { authorization: `Bearer ${tokenOf("ann")}`, "x-agentic-console": "1" };
    const answer = await fetch(`${scene.url}${PATHS.codes}`, { method: "POST", headers });
    const { code } = (await answer.json()) as { code: string };
    const { page } = await scene.open();
    await page.goto(`/sign-in#code=${code}`);
    await page.getByTitle("ann").waitFor();
    expect(page.url()).toBe(`${scene.url}/`);
    await page.context().close();
  });
});

describe("the list", () => {
  test("says so where there is nothing to show, and whose help that needs", async () => {
    const { page } = sam;
    await page.getByText("None of them is such").waitFor();
    await page.getByRole("link", { name: /^Show all/ }).click();
    await page.getByRole("link", { name: played.workload.metadata.name }).waitFor();
    const olga = await scene.open("olga");
    await olga.page.getByText("You are a member of no tenant").waitFor();
    expect(await violations(olga)).toEqual([]);
    await olga.page.context().close();
  });

  test("shows by itself what is submitted, changes and goes, with counts of its phases", async () => {
    const { page } = sam;
    const { metadata } = await scene.tenants.submit("sam", TWO, { suspend: true, objective: "read kettles" });
    const link = page.getByRole("link", { name: metadata.name, exact: true });
    await link.waitFor();
    const row = page.getByRole("row").filter({ has: link });
    await row.getByText("Suspended", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Running 1" }).waitFor();
    await page.getByRole("searchbox").fill("KETTLES");
    await page.getByText(/^1 of \d/).waitFor();
    await page.getByRole("searchbox").fill("");
    await page.getByRole("combobox", { name: "Tenant" }).selectOption({ label: "eyes" });
    await link.waitFor({ state: "detached" });
    expect(page.url()).toContain("tenant=tenant-eyes");
    await page.getByRole("combobox", { name: "Tenant" }).selectOption({ label: "All tenants" });
    await scene.tenants.cluster.client.delete(workloadPath(TWO, metadata.name));
    await link.waitFor({ state: "detached" });
    await fits(sam, "list");
  });

  test("says whose gate waits for the visitor", async () => {
    const { workload } = await scene.tenants.atGate(EYES);
    const ann = await scene.open("ann", "/", { colorScheme: "dark" });
    await ann.page.getByRole("row").filter({ hasText: workload.metadata.name }).getByText("Waits for you").waitFor();
    await fits(ann, "list-dark");
    await ann.page.context().close();
  });
});

describe("the page of a workload", () => {
  test("shows the run as a picture while it runs, with the tries of each step", async () => {
    const { page } = sam;
    await page.getByRole("link", { name: played.workload.metadata.name }).click();
    const steps = page.getByRole("region", { name: "Steps of the run" });
    await steps.getByRole("button", { name: /analysis Running/ }).waitFor();
    await steps.getByRole("button", { name: /scrape Succeeded.*try 2/ }).waitFor();
    await page.getByRole("tab", { name: "Timeline" }).click();
    await page.getByRole("row", { name: /scrape\(0\) Failed.*the page didn't load in 10 s/ }).waitFor();
    await fits(sam, "timeline");
  });

  test("follows it to its end, and shows the report with the pictures of the run", async () => {
    await playEnd(scene.tenants, played, {
      objects: scene.objects,
      files: {
        "report.md": "# Prices\n\nOne kettle is **cheaper**.\n\n![kettle](page)",
        "notes.md": `# Notes\n\n${text}`,
        "page.png": PIXEL,
        "analysis.json": JSON.stringify({ findings: [{ severity: "low", text }] }),
      },
      log: `{"level":"info","time":1,"msg":"reads the page"}\n${JSON.stringify({ level: "error", msg: text })}\n`,
    });
    const { page } = sam;
    await page.getByRole("heading").getByText("Completed").waitFor();
    await page.getByRole("tab", { name: "Report" }).click();
    await page.getByRole("heading", { name: "Prices" }).waitFor();
    const width = () => page.getByRole("img", { name: "kettle" }).evaluate(({ naturalWidth }) => naturalWidth);
    await expect.poll(width, { timeout: 30_000 }).toBe(1);
    const evidence = page.getByRole("region", { name: "What it is made from" });
    const [opened] = await Promise.all([
      page.waitForEvent("popup"),
      evidence.getByRole("link", { name: "the analysis" }).click(),
    ]);
    await opened.getByText('"findings"').waitFor();
    await opened.close();
    await fits(sam, "report");
  });

  test("has the artifacts with previews and as files", async () => {
    const { page } = sam;
    await page.getByRole("tab", { name: "Artifacts" }).click();
    await page.getByRole("button", { name: "analysis", exact: true }).click();
    await page.getByText("findings", { exact: true }).waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download page" }).click();
    expect((await download).suggestedFilename()).toBe("page.png");
    await fits(sam, "artifacts");
  });

  keptLogCases(() => sam);

  test("tells what has happened to one that failed, and runs it again", async () => {
    const { page } = sam;
    const failed = await playBeginning(scene.tenants, { space: EYES });
    await scene.tenants.cluster.play(failed.run, { analysis: { phase: "Failed", message: "the model was away" } });
    await scene.tenants.cluster.finish(failed.run, "Failed");
    await page.goto(pathOf(failed.workload));
    await page.getByRole("heading").getByText("Failed").waitFor();
    await page.getByRole("tab", { name: "Story" }).click();
    await page
      .getByRole("tabpanel")
      .getByText(/the model was away/)
      .first()
      .waitFor();
    await fits(sam, "story");
    await page.getByRole("button", { name: "Run again" }).click();
    await page.getByText(/ is submitted\.$/).waitFor();
    await page.getByRole("button", { name: "Suspend" }).waitFor();
    expect(new URL(page.url()).pathname).not.toBe(pathOf(failed.workload));
  });

  test("suspends and resumes it, and deletes it once that was said twice", async () => {
    const { page } = sam;
    await page.getByRole("button", { name: "Suspend" }).click();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("button", { name: "Suspend" }).waitFor();
    await page.getByRole("button", { name: "Delete …" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Keep it" }).click();
    await page.getByRole("button", { name: "Delete …" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("heading", { name: "Workloads" }).waitFor();
    expect(await page.getByText(/ is deleted; its artifacts stay\.$/).isVisible()).toBe(true);
  });

  test("is refused in words to who may not see it", async () => {
    const olga = await scene.open("olga", pathOf(played.workload));
    await olga.page.getByRole("alert").waitFor();
    await fits(olga, "refused");
    await olga.page.context().close();
  });
});

describe("nothing is lost", () => {
  test("when the session ends: the visitor signs in over the page, and what was typed and asked for goes on", async () => {
    const { page } = sam;
    const { metadata } = await scene.tenants.submit("sam", TWO, { suspend: true });
    await page.goto(`${PAGES.workload(TWO, metadata.name)}?tab=timeline`);
    const resume = page.getByRole("button", { name: "Resume" });
    await resume.waitFor();
    await page.context().clearCookies();
    await resume.click();
    const dialog = page.getByRole("dialog", { name: /^Your session has ended/ });
    await dialog.getByLabel("Kubernetes token").fill(tokenOf("sam"));
    await fits(sam, "again");
    await dialog.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("button", { name: "Suspend" }).waitFor();
    expect(page.url()).toContain("tab=timeline");
  });

  test("when the console restarts: the page says so, and is live again", async () => {
    const { page } = sam;
    await page.goto("/");
    await page.getByRole("searchbox").fill("g-");
    await scene.restart(() => page.getByText(/^The console can't be reached/).waitFor());
    await page.getByText(/^The console can't be reached/).waitFor({ state: "detached" });
    const { metadata } = await scene.tenants.submit("sam", TWO, { suspend: true });
    await page.getByRole("link", { name: metadata.name, exact: true }).waitFor();
    expect(await page.getByRole("searchbox").inputValue()).toBe("g-");
  });

  test("when it restarts and takes the old session no longer: it asks to sign in over the page", async () => {
    const { page } = sam;
    await page.context().clearCookies();
    await scene.restart();
    const dialog = page.getByRole("dialog", { name: /^Your session has ended/ });
    await dialog.getByLabel("Kubernetes token").fill(tokenOf("sam"));
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    expect(await page.getByRole("searchbox").inputValue()).toBe("g-");
  });

  test("when the API server is away for half a minute: the page says so, and is live again once it is back", async () => {
    const { page } = sam;
    const band = page.locator(".band");
    scene.cut.cut();
    await band.waitFor();
    await fits(sam, "away");
    const { metadata } = await scene.tenants.submit("sam", TWO, { suspend: true });
    await sleep(30_000);
    expect(await band.isVisible()).toBe(true);
    scene.cut.mend();
    await band.waitFor({ state: "detached" });
    await page.getByRole("link", { name: metadata.name, exact: true }).waitFor();
  });
});

test("everything is reached by the keyboard alone", async () => {
  const shown = await scene.open();
  const { page } = shown;
  await page.goto("/");
  await page.getByLabel("Kubernetes token").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.type(tokenOf("sam"));
  await page.keyboard.press("Enter");
  const first = page.locator("[data-index='0']");
  await first.waitFor();
  await tabTo(page, "Skip to the page");
  await page.keyboard.press("Enter");
  await tabTo(page, "Search workloads");
  await page.keyboard.type(played.workload.metadata.name);
  await page.getByText(/^1 of \d/).waitFor();
  await tabTo(page, played.workload.metadata.name);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: played.workload.metadata.name }).waitFor();
  await tabTo(page, "scrape");
  await page.keyboard.press("+");
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: "Logs", selected: true }).waitFor();
  await tabTo(page, "Logs");
  await page.keyboard.press("ArrowRight");
  expect(await focused(page)).toBe("Artifacts");
  await page.getByRole("button", { name: "report", exact: true }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.locator("[aria-expanded=true]").waitFor();
  expect(shown.complaints).toEqual([]);
  await page.context().close();
});

describe("a hostile text", () => {
  test("has run no script in a workload's objective, its log and its JSON, and has had nothing loaded", async () => {
    expect(await sam.page.evaluate("globalThis.ran ?? 0")).toBe(0);
    expect(sam.complaints).toEqual([]);
  });

  test("runs none as Markdown of the run, and has nothing of another site asked for", async () => {
    const tara = await scene.open("tara", `${pathOf(played.workload)}?tab=artifacts`);
    const { page } = tara;
    await page.getByRole("button", { name: "notes", exact: true }).click();
    await page.getByRole("heading", { name: "Notes" }).waitFor();
    for (const element of await page.locator(".markdown *").all()) await element.dispatchEvent("click");
    expect(await page.evaluate("globalThis.ran ?? 0")).toBe(0);
    // Where the text is taken apart, outside of the page, the browser says what the policy would keep from it.
    expect(
      tara.complaints.filter(
        (complaint) => !/^(Executing|Applying|Setting).*The action has been blocked\.$/.test(complaint),
      ),
    ).toEqual([]);
    await page.context().close();
  });
});

goneRunCases(() => ({ scene, played }));

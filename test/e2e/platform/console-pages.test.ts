// A first visit to the console of the running platform, in a real browser: submit by the form, watch, approve, read the report.
import { rmSync } from "node:fs";
import { memberRoleName } from "@agentic/api/roles.ts";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PAGES } from "../../../console/contract.ts";
import { apply, kubectl } from "../../../embedded/cli/cluster.ts";
import { fits, openPage, type Shown, signIn, startBrowser } from "../../integration/console/shown-page.ts";
import { nonEmpty } from "../../non-empty.ts";
import { folder, origin, signInPage } from "./console-visit.ts";
import { namespace, onePage, platform } from "./platform.ts";

const name = "from-the-console";
const approver = "console-approver";
/** For the console's own certificate is tried elsewhere, and Chromium's store of authorities is the machine's. */
const options = { ignoreHTTPSErrors: true };
/** Milliseconds that a run may take on a busy machine. */
const run = { timeout: 300_000 };
let browser: Browser;
let submitter: Shown;

beforeAll(async () => {
  browser = await startBrowser();
  await kubectl(platform, ["delete", "agentworkload", name, "-n", namespace, "--ignore-not-found", "--wait"]);
  await apply(platform, [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: approver, namespace } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: approver, namespace },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: memberRoleName("approver") },
      subjects: [{ kind: "ServiceAccount", name: approver, namespace }],
    },
  ]);
});

afterAll(async () => {
  await browser?.close();
  await kubectl(platform, ["delete", "serviceaccount,rolebinding", approver, "-n", namespace, "--ignore-not-found"]);
  rmSync(folder, { recursive: true });
});

it("is opened signed in, and takes a workload by the form", async () => {
  submitter = await openPage(browser, origin, options);
  const { page } = submitter;
  await page.goto((await signInPage("embedded/cli/main.ts", "console")).href);
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  await page.goto(`${PAGES.start}?tenant=${namespace}`);
  await page.getByRole("link", { name: /visual.analysis/i }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Objective").fill("Compare the products, their prices and their guarantees");
  await page.getByLabel("Pages to read").fill(nonEmpty(onePage.targetUrls).join("\n"));
  await page.getByLabel("Who decides at the gate").selectOption("manual");
  await page.getByText("The API server would take it.").waitFor();
  await fits(submitter, "start");
  await page.getByRole("button", { name: "Submit" }).click();
  await page.getByRole("heading", { name }).waitFor();
});

it("shows the run until its gate, where another person approves beside the evidence", async () => {
  const { page } = submitter;
  const steps = page.getByRole("region", { name: "Steps of the run" });
  await steps.getByRole("button", { name: /analysis Succeeded/ }).waitFor(run);
  await page.getByRole("link", { name: "See the evidence and answer" }).waitFor(run);
  await fits(submitter, "workload");
  const reviewer = await openPage(browser, origin, options);
  const token = await kubectl(platform, ["create", "token", approver, "-n", namespace, "--duration=10m"]);
  await signIn(reviewer, token.trim());
  await reviewer.page.getByRole("link", { name: /^Inbox \d+ waits? for you/ }).click();
  await reviewer.page.getByRole("link", { name }).first().click();
  await reviewer.page.getByRole("button", { name: "Approve" }).waitFor();
  await expect
    .poll(() => reviewer.page.getByRole("img").evaluateAll((shown) => shown.length), { timeout: 30_000 })
    .toBeGreaterThan(0);
  await fits(reviewer, "gate");
  await reviewer.page.getByRole("button", { name: "Approve" }).click();
  await steps.getByRole("button", { name: /synthesis Succeeded/ }).waitFor(run);
  expect(reviewer.complaints).toEqual([]);
});

it("shows the report, and gives it as a file", async () => {
  const { page } = submitter;
  await page.getByRole("heading").getByText("Completed").waitFor(run);
  await page.getByRole("tab", { name: "Report" }).click();
  await page.getByRole("tabpanel").getByRole("heading").first().waitFor();
  await fits(submitter, "report");
  await page.getByRole("tab", { name: "Artifacts" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download report" }).click();
  expect((await download).suggestedFilename()).toBe("report.md");
  await page.goto("/");
  await page.getByRole("link", { name, exact: true }).waitFor();
  await fits(submitter, "list");
  expect(submitter.complaints).toEqual([]);
});

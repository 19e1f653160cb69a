// Logs that steps have kept, in a real browser: pages.test.ts has these tests run on its scene.
import { podName } from "@agentic/api/pod-names.ts";
import { expect, test } from "vitest";
import { type KeptLog, PATHS } from "../../../console/contract.ts";
import { type PagesScene, pathOf } from "./pages-scene.ts";
import type { Played } from "./played-run.ts";
import { fits, type Shown } from "./shown-page.ts";
import { tokenOf } from "./visitors.ts";

/** Registers the tests of the page of a run that has ended, which is open. */
export function keptLogCases(given: () => Shown): void {
  test("has the log that was kept of a step, which is chosen in the picture", async () => {
    const sam = given();
    const { page } = sam;
    await page.getByRole("button", { name: /analysis Succeeded/ }).click();
    await page.getByText("reads the page").waitFor();
    await page.getByText("The end of the log, as it was archived: 2 lines.").waitFor();
    await fits(sam, "logs");
  });
}

/** Registers the tests of a run whose Workflow is gone, which they remove. */
export function goneRunCases(given: () => { scene: PagesScene; played: Played }): void {
  test("the page of a workload has the kept logs to choose from once its run is gone, and none of what isn't its own", async () => {
    const { scene, played } = given();
    const { workload, run } = played;
    const { metadata } = run;
    const { client } = scene.tenants.cluster;
    const { status } = await client.get<typeof workload>(
      `/apis/agentic.io/v1alpha1/namespaces/${workload.metadata.namespace}/agentworkloads/${workload.metadata.name}`,
    );
    const folder = (status?.logs ?? "").replace("s3://", "");
    const first = podName(metadata.name, `${metadata.name}.scrape(0)`, "scrape");
    const later = podName(`${metadata.name}-r1`, `${metadata.name}-r1.scrape`, "scrape");
    scene.objects.set(`${folder}/${first}/main.log`, Buffer.from('{"level":"warn","msg":"the page is slow"}\n'));
    scene.objects.set(`${folder}/${later}/main.log`, Buffer.from('{"level":"info","msg":"tried again"}\n'));
    scene.objects.set(`${folder}/some-pod/main.log`, Buffer.from("no step's"));
    scene.objects.set(`${folder}/${first}/notes.txt`, Buffer.from("no log"));
    scene.objects.set(`${folder}-other/${first}/main.log`, Buffer.from("another run's"));
    await client.delete(scene.tenants.cluster.workflowPath(run));

    const sam = await scene.open("sam", `${pathOf(workload)}?tab=logs`);
    const { page } = sam;
    await page.getByText("Its run isn't kept any more").waitFor();
    const attempts = page.getByRole("combobox", { name: "Attempt" });
    const offered = () => attempts.locator("option").allTextContents();
    // The list comes after the page says so.
    await expect
      .poll(async () => (await offered()).map((text) => text.replace(/,.*/s, "")).sort(), { timeout: 30_000 })
      .toEqual(["analysis", "scrape", "scrape(0)"]);
    await attempts.selectOption({ label: (await offered()).find((text) => text.startsWith("scrape(0)")) ?? "" });
    await page.getByText("the page is slow").waitFor();
    await page.getByText("The end of the log, as it was archived: 1 lines.").waitFor();
    await fits(sam, "kept-logs");
    await page.context().close();

    const { namespace = "", name } = workload.metadata;
    const ask = (path: string, who: string) =>
      fetch(`${scene.url}${path}`, { headers: { authorization: `Bearer ${tokenOf(who)}` } });
    const kept = (await (await ask(PATHS.keptLogs(namespace, name), "sam")).json()) as KeptLog[];
    expect(kept.find(({ pod }) => pod === later)).toMatchObject({
      displayName: "scrape",
      run: `${metadata.name}-r1`,
      bytes: 37,
      at: "2026-01-01T00:00:00.000Z",
    });
    const unknown = await ask(`${PATHS.logs(namespace, name)}?node=nothing`, "sam");
    expect([unknown.status, ((await unknown.json()) as { message: string }).message]).toEqual([
      404,
      expect.stringMatching(/^no step nothing has run: there are .*scrape\(0\)/),
    ]);
    expect((await ask(PATHS.keptLogs(namespace, name), "olga")).status).toBe(403);
  });
}

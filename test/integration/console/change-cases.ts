// A gate at which something may be changed, in a real browser: decisions.test.ts has these tests run on its scene.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { REPORT_CHANGES } from "@agentic/api/changes.ts";
import { expect, test } from "vitest";
import { PAGES } from "../../../console/contract.ts";
import { EYES, TWO } from "../../attack/gate-people.ts";
import type { PagesScene } from "./pages-scene.ts";
import { playGate } from "./played-gate.ts";
import { fits, violations } from "./shown-page.ts";

type Evidence = Parameters<typeof playGate>[2];

const pageOf = ({ metadata }: AgentWorkload) => PAGES.gate(metadata.namespace ?? "", metadata.name);
const tone = { type: ["string"] as "string"[], enum: ["plain", "formal"] };

/** Registers the tests. */
export function changeCases(given: () => { scene: PagesScene; evidence: Evidence }): void {
  const play = (space: string) => {
    const { scene, evidence } = given();
    return playGate(scene.tenants, { space }, { ...evidence, changeable: { ...REPORT_CHANGES, tone } });
  };

  test("has a field for each, checks it, and approves with what is filled in", async () => {
    const { scene } = given();
    const { workload, run } = await play(EYES);
    const ann = await scene.open("ann", pageOf(workload));
    const { page } = ann;
    const fields = page.getByRole("group", { name: "Approve with changes" });
    const title = fields.getByLabel("title");
    await title.fill("x".repeat(201));
    await fields.getByText("At most 200 characters.").waitFor();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.locator("fieldset input:focus").waitFor();
    await title.fill("Kettles, November");
    await fields.getByLabel("tone").selectOption("formal");
    await page.reload();
    expect(await title.inputValue()).toBe("Kettles, November");
    expect(await violations(ann)).toEqual([]);
    await fits(ann, "gate-changes");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("Changed with the approval of ann:").waitFor();
    await page.getByText("title: Kettles, November").waitFor();
    const { outputs } = await scene.tenants.cluster.untilDecided(run);
    const handedOn = outputs?.parameters?.find(({ name }) => name === "changes")?.value ?? "";
    expect(JSON.parse(handedOn)).toEqual({ title: "Kettles, November", tone: "formal" });
    await page.goto(PAGES.workload(workload.metadata.namespace ?? "", workload.metadata.name));
    await page.getByText("Changed: title").waitFor();
    await page.getByText("Kettles, November (by ann)").waitFor();
    await page.context().close();
  });

  test("shows the second approver what the first has changed, and approves with the same", async () => {
    const { scene } = given();
    const { workload, run } = await play(TWO);
    const ann = await scene.open("ann", pageOf(workload));
    await ann.page.getByLabel("title").fill("Kettles");
    await ann.page.getByRole("button", { name: "Approve" }).click();
    await ann.page.getByText("1 of 2 approvals by different people").waitFor();
    const bob = await scene.open("bob", pageOf(workload));
    await bob.page.getByText("ann has approved with these changes, and so does who approves now.").waitFor();
    expect(await bob.page.getByRole("group", { name: "Approve with changes" }).count()).toBe(0);
    expect(await violations(bob)).toEqual([]);
    await bob.page.getByRole("button", { name: "Approve" }).click();
    await bob.page.getByText("Changed with the approval of ann, bob:").waitFor();
    const { outputs } = await scene.tenants.cluster.untilDecided(run);
    expect(outputs?.parameters?.find(({ name }) => name === "changes")?.value).toBe('{"title":"Kettles"}');
    await Promise.all([ann.page.context().close(), bob.page.context().close()]);
  });

  test("is answered with what isn't declared, or beside a denial: refused by the server, and nothing is written", async () => {
    const { scene } = given();
    const { workload } = await play(EYES);
    const { page } = await scene.open("ann", pageOf(workload));
    await page.getByRole("button", { name: "Approve" }).waitFor();
    const { namespace = "", name, uid } = workload.metadata;
    const send = (body: object) =>
      page.evaluate(
        `fetch(${JSON.stringify(`/api/workloads/${namespace}/${name}/gate`)}, { method: "POST", headers: { "x-agentic-console": "1", "content-type": "application/json" }, body: ${JSON.stringify(JSON.stringify(body))} }).then((answer) => answer.json())`,
      );
    const { approval } = await scene.tenants.statusOf(workload, () => true);
    const answer = { uid, evidence: approval?.evidence, reason: "x" };
    expect(await send({ ...answer, decision: "approve", changes: { model: "big", tone: "loud" } })).toMatchObject({
      message:
        "model: can't be changed at this gate: it has instructions, title, tone; tone: must be one of plain, formal",
    });
    expect(await send({ ...answer, decision: "deny", changes: { title: "x" } })).toMatchObject({
      message: "changes come with an approval alone: leave them out",
    });
    expect(await send({ ...answer, decision: "approve", changes: { title: 7 } })).toMatchObject({
      message: "changes must be texts by name",
    });
    const { approval: after } = await scene.tenants.statusOf(workload, () => true);
    expect(after?.answers).toBeUndefined();
    await page.context().close();
  });
}

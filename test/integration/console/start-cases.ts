// What the page Start is tested for: the catalogue, the form made from a template's schema, its checks, the dry run, the submission.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { ANNOTATIONS, ARGO } from "@agentic/api/names.ts";
import { workloadPath } from "@agentic/kube/workloads/paths.ts";
import { expect, test } from "vitest";
import { PAGES } from "../../../console/contract.ts";
import { TWO } from "../../attack/gate-people.ts";
import { hostile } from "./hostile.ts";
import type { PagesScene } from "./pages-scene.ts";
import { fits, type Shown, violations } from "./shown-page.ts";

const HOSTILE_TEMPLATE = {
  apiVersion: ARGO.groupVersion,
  kind: "WorkflowTemplate",
  metadata: {
    name: "hostile",
    annotations: {
      "workflows.argoproj.io/title": hostile[2] ?? "",
      "workflows.argoproj.io/description": hostile.join(" "),
      [ANNOTATIONS.costEstimate]: hostile[6] ?? "",
    },
  },
  spec: {
    arguments: {
      parameters: [
        { name: "region", description: hostile[2], value: "eu", enum: ["eu", "us", hostile[6] ?? ""] },
        { name: "depth", description: "How deep." },
      ],
    },
  },
};

export function startCases(scene: () => PagesScene): void {
  let sam: Shown;

  test("has the tenant's templates to choose from, whatever they are called", async () => {
    const { tenants, open } = scene();
    await tenants.cluster.client.create(
      `/apis/${ARGO.groupVersion}/namespaces/${TWO}/workflowtemplates`,
      HOSTILE_TEMPLATE,
    );
    sam = await open("sam", `${PAGES.start}?tenant=${TWO}`);
    const { page } = sam;
    await page.getByRole("link", { name: hostile[2] }).waitFor();
    await fits(sam, "start-catalogue");
    await page.getByRole("link", { name: hostile[2] }).click();
    await page.getByLabel("region").selectOption("us");
    await page.getByText("How deep.").waitFor();
    expect(await page.evaluate("globalThis.ran ?? 0")).toBe(0);
    expect(await violations(sam)).toEqual([]);
    await page.getByRole("link", { name: "All templates" }).click();
  });

  test("asks for nothing of the API server until the form is complete, and says what is missing", async () => {
    const { page } = sam;
    await page.getByRole("link", { name: "visual-analysis-template" }).click();
    await page.getByRole("button", { name: "Submit" }).click();
    await page.getByText("It is needed.").waitFor();
    await page.locator("textarea:focus").waitFor();
    await page.getByText("Something is missing yet").waitFor();
    await page.keyboard.type("compare kettles");
    await page.keyboard.press("Tab");
    await page.keyboard.type("shop.example");
    await page.keyboard.press("Tab");
    await page.getByText("shop.example isn't an address that begins with http:// or https://.").waitFor();
    await fits(sam, "start-faults");
  });

  test("says what the API server would say, before anything is applied", async () => {
    const { tenants } = scene();
    const { page } = sam;
    const { metadata } = await tenants.submit("sam", TWO, { suspend: true });
    await page.getByLabel("Pages to read").fill("https://shop.example/kettles\nhttps://other.example/kettles");
    await page.getByText("The API server would take it.").waitFor();
    await page.getByLabel("Name").fill(metadata.name);
    await page.getByText(/^The API server would refuse it:.*already exists/).waitFor();
    await fits(sam, "start-refused");
  });

  test("keeps what was typed through a reload, and submits it in the visitor's own name", async () => {
    const { tenants } = scene();
    const { page } = sam;
    await page.getByLabel("Name").fill("from-the-form");
    await page.getByLabel("depth").fill("2");
    await page.getByLabel("Who decides at the gate").selectOption("manual");
    await page.reload();
    await page.getByText("The API server would take it.").waitFor();
    expect(await page.getByLabel("Objective").inputValue()).toBe("compare kettles");
    await page.getByText('depth: "2"').first().waitFor();
    await fits(sam, "start");
    await page.getByRole("button", { name: "Submit" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "from-the-form" }).waitFor();
    const made = await tenants.cluster.client.get<AgentWorkload>(workloadPath(TWO, "from-the-form"));
    expect(made.metadata.annotations?.[ANNOTATIONS.submittedBy]).toBe("sam");
    expect(made.spec).toMatchObject({
      objective: "compare kettles",
      targetUrls: ["https://shop.example/kettles", "https://other.example/kettles"],
      parameters: { depth: "2" },
      approval: { mode: "manual" },
    });
  });

  test("opens filled with a workload's values where it is run again with changes", async () => {
    const { page } = sam;
    await page.getByRole("link", { name: "Run again with changes" }).click();
    await page.getByRole("heading", { name: "Run from-the-form again" }).waitFor();
    await page.getByText("The API server would take it.").waitFor();
    expect(await page.getByLabel("Name").inputValue()).toMatch(/^from-the-form-[a-z2-9]{5}$/);
    expect(await page.getByLabel("Pages to read").inputValue()).toContain("https://other.example/kettles");
    await page.getByLabel("depth").fill("3");
    await page.getByText('depth: "3"').first().waitFor();
    await fits(sam, "start-again");
    await page.getByLabel("Name").fill("with-changes");
    await page.getByRole("button", { name: "Submit" }).click();
    await page.getByRole("heading", { name: "with-changes" }).waitFor();
    const specOf = async (name: string) =>
      (await scene().tenants.cluster.client.get<AgentWorkload>(workloadPath(TWO, name))).spec;
    expect(await specOf("with-changes")).toEqual({ ...(await specOf("from-the-form")), parameters: { depth: "3" } });
    expect(sam.complaints).toEqual([]);
    await page.context().close();
  });

  test("tells who may submit nowhere so", async () => {
    const ann = await scene().open("ann", PAGES.start, { colorScheme: "dark" });
    await ann.page.getByText("You may submit workloads in no tenant").waitFor();
    expect(await violations(ann)).toEqual([]);
    await ann.page.context().close();
  });
}

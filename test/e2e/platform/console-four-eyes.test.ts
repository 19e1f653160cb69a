// Four eyes in the console of the running platform: who has submitted a workload reads at its gate why they can't approve it, and can't.
import { rmSync } from "node:fs";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { gateRulesText } from "@agentic/api/gate-rules.ts";
import { ANNOTATIONS, TENANT_CONFIG_MAP } from "@agentic/api/names.ts";
import { type MemberRole, memberRoleName } from "@agentic/api/roles.ts";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { CSRF_HEADER, type GateView, PAGES, PATHS } from "../../../console/contract.ts";
import { apply, get, type KubeObject, kubectl } from "../../../embedded/cli/cluster.ts";
import { fits, openPage, type Shown, signIn, startBrowser } from "../../integration/console/shown-page.ts";
import { folder, origin, root } from "./console-visit.ts";
import { introduce } from "./person.ts";
import { namespace, onePage, platform, until, untilEnded, workload } from "./platform.ts";

const name = "four-eyes";
const submitter = "console-submitter";
const user = `system:serviceaccount:${namespace}:${submitter}`;
const options = { ignoreHTTPSErrors: true };
const RBAC = "rbac.authorization.k8s.io";
const RULE = `This tenant has four eyes: you have submitted the workload, ${user}, so another person approves it`;
/** Milliseconds that rules may take until admission goes by them. */
const inForce = { timeout: 60_000, interval: 1_000 };
let browser: Browser;
let shown: Shown;
let rulesBefore = "";
let settingsBefore: string | undefined;

interface Namespace extends KubeObject {
  metadata: KubeObject["metadata"] & { annotations?: Record<string, string> };
}

/** Has the tenant's rules be these, for admission and for the operator; `fourEyes` of undefined: the setting is absent. */
async function rule(annotation: string, fourEyes: string | undefined): Promise<void> {
  const patch = (kind: string[], body: object) =>
    kubectl(platform, ["patch", ...kind, "--type=merge", "-p", JSON.stringify(body)]);
  await patch(["namespace", namespace], { metadata: { annotations: { [ANNOTATIONS.gateRules]: annotation } } });
  await patch(["configmap", TENANT_CONFIG_MAP, "-n", namespace], { data: { four_eyes: fourEyes ?? null } });
}

/** What the API server says to a workload of which nobody says who submits it. */
const nameless = (): Promise<string> =>
  kubectl(platform, ["create", "--dry-run=server", "-f", "-"], JSON.stringify(workload("nameless", onePage))).then(
    () => "taken",
    ({ message }: Error) => message,
  );

const binding = (role: MemberRole): KubeObject & Record<string, unknown> => ({
  apiVersion: `${RBAC}/v1`,
  kind: "RoleBinding",
  metadata: { name: `${submitter}-${role}`, namespace },
  roleRef: { apiGroup: RBAC, kind: "Role", name: memberRoleName(role) },
  subjects: [{ kind: "ServiceAccount", name: submitter, namespace }],
});

beforeAll(async () => {
  browser = await startBrowser();
  const space = await get<Namespace>(platform, "namespace", namespace);
  rulesBefore = space?.metadata.annotations?.[ANNOTATIONS.gateRules] ?? "";
  const settings = await get<KubeObject & { data?: Record<string, string> }>(
    platform,
    "configmap",
    TENANT_CONFIG_MAP,
    namespace,
  );
  settingsBefore = settings?.data?.four_eyes;
  await apply(platform, [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: submitter, namespace } },
    // An approver, too: it is the rule that keeps them from approving, and not a right that they haven't.
    binding("user"),
    binding("approver"),
  ]);
  await rule(gateRulesText({ four_eyes: "true" }), "true");
  await vi.waitFor(async () => expect(await nameless()).toContain("four eyes"), inForce);
});

afterAll(async () => {
  await browser?.close();
  await kubectl(platform, ["delete", "agentworkload", name, "-n", namespace, "--ignore-not-found"]);
  await rule(rulesBefore, settingsBefore);
  await vi.waitFor(async () => expect(await nameless()).toBe("taken"), inForce);
  for (const [kind, of] of [
    ["serviceaccount", submitter],
    ...["user", "approver"].map((role) => ["rolebinding", `${submitter}-${role}`]),
  ])
    await kubectl(platform, ["delete", kind ?? "", of ?? "", "-n", namespace, "--ignore-not-found"]);
  rmSync(folder, { recursive: true });
});

it("takes the submitter's workload by the form, and tells them at its gate why they can't approve it", async () => {
  await kubectl(platform, ["delete", "agentworkload", name, "-n", namespace, "--ignore-not-found", "--wait"]);
  shown = await openPage(browser, origin, options);
  const { page } = shown;
  const token = await kubectl(platform, ["create", "token", submitter, "-n", namespace, "--duration=30m"]);
  await signIn(shown, token.trim(), `${PAGES.start}?tenant=${namespace}`);
  await page.getByRole("link", { name: /visual.analysis/i }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Objective").fill("Compare the products, their prices and their guarantees");
  await page.getByLabel("Pages to read").fill(onePage.targetUrls.join("\n"));
  await page.getByLabel("Who decides at the gate").selectOption("manual");
  await page.getByText("The API server would take it.").waitFor();
  await page.getByRole("button", { name: "Submit" }).click();
  await page.getByRole("heading", { name }).waitFor();
  await until(name, ({ status }) => status?.phase === "AwaitingApproval");
  await page.goto(PAGES.gate(namespace, name));
  await page.getByText(RULE).waitFor();
  // A program's account answers nothing at all where two pairs of eyes are demanded.
  expect(await page.getByRole("button", { name: /^(Approve|Deny)$/ }).count()).toBe(0);
  await fits(shown, "four-eyes");
  expect(shown.complaints).toEqual([]);
});

it("refuses the submitter who tries all the same, from the page itself", async () => {
  const answer = await shown.page.evaluate(
    async ({ gate, header }) => {
      const { uid, evidence } = (await (await fetch(gate)).json()) as GateView;
      const body = JSON.stringify({ decision: "approve", reason: "mine is good", uid, evidence });
      const headers = { "content-type": "application/json", [header]: "1" };
      const { status, text } = await fetch(gate, { method: "POST", headers, body }).then(async (response) => ({
        status: response.status,
        text: await response.text(),
      }));
      return { status, text };
    },
    { gate: PATHS.gate(namespace, name), header: CSRF_HEADER },
  );
  expect([answer.status, answer.text]).toEqual([403, expect.stringContaining("you have submitted the workload")]);
  const now = await get<KubeObject & Pick<AgentWorkload, "status">>(platform, "agentworkload", name, namespace);
  expect([now?.status?.phase, now?.status?.approval?.answers ?? []]).toEqual(["AwaitingApproval", []]);
});

it("takes another person's approval, which the submitter's page then shows", async () => {
  await using emma = await introduce("emma", "approver", namespace);
  expect(emma.run(`node ${root}/cli/main.ts approve ${name} -n ${namespace} --reason "figures checked"`)).toMatchObject(
    {
      code: 0,
    },
  );
  await shown.page.getByText("emma").first().waitFor();
  const { status } = await untilEnded(name);
  expect(status?.phase, JSON.stringify(status)).toBe("Completed");
  expect(status).toMatchObject({ approval: { decision: "approve", by: "emma", answers: [{ by: "emma" }] } });
});

// The console by people with a tenant's roles and no others, against a real API server and operator.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { workloadPath } from "@agentic/kube/workloads/paths.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type * as Contract from "../../../console/contract.ts";
import { PATHS } from "../../../console/contract.ts";
import { EYES, TWO } from "../../attack/gate-people.ts";
import { nonEmpty } from "../../non-empty.ts";
import { until } from "../operator/cluster.ts";
import { Browser, type ConsoleScene, eventsOf, pathOf, shown, startConsoleScene, tokenOf } from "./visitors.ts";

let scene: ConsoleScene;
let url = "";
beforeAll(async () => {
  scene = await startConsoleScene();
  ({ url } = await scene.console());
  await scene.tenants.cluster.template(TWO, "keeps", [{ name: "artifact_cache", value: "" }]);
}, 180_000);
afterAll(async () => await scene?.stop());

const as = (name: string) => new Browser(url).signIn(name);
describe("a session", () => {
  test("begins with a token that the API server accepts, says what the visitor may, and keeps the token to itself", async () => {
    const answer = await new Browser(url).send("POST", PATHS.tokenSignIn, { token: tokenOf("ann") });
    const [cookie = ""] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/; HttpOnly.*; SameSite=Strict/i);
    expect(cookie).not.toContain("token-of");
    const { workload } = await scene.tenants.atGate(TWO);
    const ann = await as("ann");
    await shown(ann, workload, "AwaitingApproval");
    const session = await ann.json<Contract.Session>("GET", PATHS.session);
    expect(session).toMatchObject({ signedIn: true, user: "ann", groups: expect.arrayContaining(["reviewers"]) });
    const rights = session.signedIn ? session.tenants.find(({ namespace }) => namespace === TWO) : undefined;
    expect(rights).toEqual({ namespace: TWO, see: true, submit: false, change: false, approve: true });
  });

  test("isn't begun with another token, and nothing is told without one", async () => {
    const nobody = new Browser(url);
    expect((await nobody.send("POST", PATHS.tokenSignIn, { token: "made-up" })).status).toBe(401);
    expect((await nobody.send("GET", PATHS.workloads)).status).toBe(401);
    expect(await nobody.json("GET", PATHS.session)).toMatchObject({ signedIn: false });
  });

  test("survives a restart of the console, and ends when its time is over", async () => {
    const first = await scene.console();
    const ann = await new Browser(first.url).signIn("ann");
    await first.stop();
    const second = await scene.console({ sessionMinutes: 1 / 60 });
    const again = new Browser(second.url);
    again.cookie = ann.cookie;
    expect(await again.json("GET", PATHS.session)).toMatchObject({ signedIn: true, user: "ann" });
    const short = await new Browser(second.url).signIn("ann");
    await until("the session's end", async () => {
      const session = await new Browser(second.url).json<Contract.Session>("GET", PATHS.session);
      const answer = await fetch(`${second.url}${PATHS.session}`, { headers: { cookie: short.cookie } });
      const { ended } = (await answer.json()) as { ended?: string };
      return !session.signedIn && ended === "expired" ? true : undefined;
    });
  });

  test("that was signed out of isn't opened by a copy of its cookie", async () => {
    const ann = await as("ann");
    const { cookie } = ann;
    expect((await ann.send("DELETE", PATHS.session)).status).toBe(204);
    ann.cookie = cookie;
    expect((await ann.send("GET", PATHS.workloads)).status).toBe(401);
  });

  test("begins with a one-time code, once", async () => {
    const browser = new Browser(url);
    const answer = await browser.send("POST", PATHS.codes, undefined, { authorization: `Bearer ${tokenOf("sam")}` });
    const { code } = (await answer.json()) as { code: string };
    expect(await browser.json("POST", PATHS.codeSignIn, { code })).toMatchObject({ user: "sam" });
    expect((await new Browser(url).send("POST", PATHS.codeSignIn, { code })).status).toBe(401);
  });
});

describe("a request", () => {
  test.each<[string, Record<string, string>]>([
    ["without the console's header", { "x-agentic-console": "" }],
    ["from another origin", { origin: "https://evil.example" }],
    ["that the browser says is from another site", { "sec-fetch-site": "cross-site" }],
  ])("%s changes nothing", async (_, headers) => {
    const sam = await as("sam");
    const all = { "x-agentic-console": "1", cookie: sam.cookie, ...headers };
    const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
    const answer = await fetch(`${url}${PATHS.suspend(TWO, "any")}`, { method: "POST", headers: sent });
    expect([answer.status, await answer.json()]).toEqual([403, expect.objectContaining({ code: "csrf" })]);
  });

  test("after too many is refused with the time to wait", async () => {
    const { url: slow } = await scene.console({ requestsPerMinute: 3 });
    const ann = await new Browser(slow).signIn("ann");
    const codes = [];
    for (let i = 0; i < 4; i++) codes.push(await ann.send("GET", PATHS.workloads));
    expect(codes.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(Number(codes[3]?.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  test("with one made-up token after another is refused before the API server is asked about more", async () => {
    const { url: slow } = await scene.console({ signInsPerMinute: 2 });
    const codes = [];
    for (const name of ["a", "b", "c"]) {
      const headers = { authorization: `Bearer made-up-token-${name}` };
      codes.push((await new Browser(slow).send("GET", PATHS.workloads, undefined, headers)).status);
    }
    expect(codes).toEqual([401, 401, 429]);
  });

  test("for a page gets it with a policy that lets nothing foreign run", async () => {
    const answer = await fetch(`${url}/workloads/a/b/gate`);
    expect(await answer.text()).toContain("<title>Console</title>");
    const policy = answer.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain("unsafe");
  });
});

test("a body that is larger than any workload is refused", async () => {
  const sam = await as("sam");
  const answer = await sam.send("POST", PATHS.dryRun, { namespace: TWO, yaml: "#".repeat(1_100_000) });
  expect([answer.status, await answer.json()]).toEqual([413, expect.objectContaining({ code: "too-large" })]);
});

describe("workloads", () => {
  test("of other tenants are neither listed nor shown nor told apart from those that aren't there", async () => {
    const workload = await scene.tenants.submit("sam", TWO, { suspend: true });
    await shown(await as("sam"), workload, "Pending");
    const olga = await as("olga");
    expect(await olga.json("GET", PATHS.workloads)).toEqual([]);
    const real = await olga.send("GET", pathOf(workload, PATHS.workload));
    const made = await olga.send("GET", PATHS.workload(TWO, "made-up"));
    expect([real.status, await real.json()]).toEqual([made.status, await made.json()]);
    expect(real.status).toBe(403);
  });

  test("are streamed: what there is, then what changes and goes", async () => {
    const sam = await as("sam");
    const end = new AbortController();
    const events = eventsOf(sam, end.signal);
    const first = await events.next();
    expect(first.value).toMatchObject({ event: "snapshot", data: { last: true } });
    const name = "streamed";
    const yaml = JSON.stringify({ ...scene.tenants.shape({ spec: { suspend: true } }), metadata: { name } });
    expect((await sam.send("POST", PATHS.workloads, { namespace: TWO, yaml })).status).toBe(201);
    const next = async (kind: string, text: string) => {
      for await (const event of { [Symbol.asyncIterator]: () => ({ next: () => events.next() }) })
        if (event.event === kind && JSON.stringify(event.data).includes(text)) return event.data;
      throw new Error("the stream has ended");
    };
    const [row] = (await next("changed", `"name":"${name}"`)) as Contract.WorkloadRow[];
    expect(row).toMatchObject({ namespace: TWO, submittedBy: "sam", suspended: true });
    expect((await sam.send("DELETE", PATHS.workload(TWO, name))).status).toBe(204);
    await next("deleted", row?.uid ?? "nothing");
    end.abort();
  });

  test.each([
    ["retry", "keeps", (name: string) => ({ jobId: name, artifacts: { cache: true } })],
    ["retry", "visual-analysis-template", (name: string) => ({ jobId: name, artifacts: { cache: false } })],
    ["resubmit", "visual-analysis-template", () => ({ artifacts: { cache: false } })],
  ])("that are run again by %s of %s are the same job or one of their own", async (as_, template, kept) => {
    const changes = { suspend: true, orchestration: { workflowTemplateRef: { name: template } } };
    const { metadata } = await scene.tenants.submit("sam", TWO, changes);
    const sam = await as("sam");
    const made = await sam.json<Contract.Created>("POST", PATHS.resubmit(TWO, metadata.name), { as: as_, changes });
    const { spec } = await scene.tenants.cluster.client.get<AgentWorkload>(workloadPath(TWO, made.name));
    expect({ jobId: spec.jobId, artifacts: spec.artifacts }).toEqual({ jobId: undefined, ...kept(metadata.name) });
  });

  test("are tried before they are made: what the API server would say is the answer", async () => {
    const sam = await as("sam");
    const spec = { objective: "x", targetUrls: ["ftp://example.com/"] };
    const yaml = JSON.stringify({ ...scene.tenants.shape(), spec });
    expect(await sam.json("POST", PATHS.dryRun, { namespace: TWO, yaml })).toMatchObject({
      ok: false,
      error: { code: "invalid", causes: [expect.objectContaining({ field: "spec.targetUrls[0]" })] },
    });
    const right = { namespace: TWO, yaml: JSON.stringify(scene.tenants.shape()) };
    expect(await sam.json("POST", PATHS.dryRun, right)).toMatchObject({ ok: true });
  });
});

describe("a view", () => {
  test("of a workload has its run, its story and what the visitor may", async () => {
    const { workload } = await scene.tenants.atGate(TWO);
    const ann = await as("ann");
    await shown(ann, workload, "AwaitingApproval");
    const view = await ann.json<Contract.WorkloadView>("GET", pathOf(workload, PATHS.workload));
    expect(view.nodes.map(({ displayName }) => displayName)).toEqual(["approval-gate"]);
    expect(view.events.map(({ about }) => about)).toContain(`AgentWorkload/${workload.metadata.name}`);
    expect(view.rights).toMatchObject({ approve: true, submit: false });
    const log = await ann.send("GET", `${pathOf(workload, PATHS.logs)}?node=scrape`);
    expect([log.status, await log.json()]).toEqual([404, expect.objectContaining({ code: "not-found" })]);
  });

  test("of a tenant has what its administrator may read, and null for who may not", async () => {
    const all = await (await as("tara")).json<Contract.TenantView>("GET", PATHS.tenant(TWO));
    expect(all.members).toContainEqual({ role: "approver", kind: "User", name: "ann" });
    expect(all.rules).toEqual(["2 different people must approve"]);
    expect(await (await as("ann")).json<Contract.TenantView>("GET", PATHS.tenant(TWO))).toMatchObject({
      members: null,
      rules: null,
    });
    expect((await (await as("olga")).send("GET", PATHS.tenant(TWO))).status).toBe(403);
  });

  test("of templates has their parameters as a schema", async () => {
    const [template] = await (await as("sam")).json<Contract.TemplateView[]>("GET", `${PATHS.templates}?tenant=${TWO}`);
    expect(template?.parameters.properties).toMatchObject({ depth: { default: "1" }, job_id: { readOnly: true } });
  });

  test("of the platform shows no components to who may not read them, and the gates that wait", async () => {
    const view = await (await as("ann")).json<Contract.PlatformView>("GET", PATHS.platform);
    expect(view).toMatchObject({ components: null, certificates: null, waiting: nonEmpty(view.waiting) });
  });

  test("is given to a program with a bearer token, without a cookie", async () => {
    const headers = { authorization: `Bearer ${tokenOf("ann")}` };
    const answer = await fetch(`${url}${PATHS.workloads}`, { headers });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, []]);
  });
});

describe("a gate", () => {
  test("is not opened by who has submitted the workload, who is told so before and after", async () => {
    const { workload } = await scene.tenants.atGate(EYES, "tara");
    const tara = await as("tara");
    await shown(tara, workload, "AwaitingApproval");
    const { you, uid, evidence } = await tara.gate(workload);
    expect(you.approve).toEqual({ may: false, why: expect.stringContaining("you have submitted the workload") });
    expect(you.deny).toEqual({ may: true });
    const request = { decision: "approve", reason: "mine", uid, evidence };
    const answer = await tara.send("POST", pathOf(workload, PATHS.gate), request);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await answer.json()).toMatchObject({ message: expect.stringContaining("you have submitted the workload") });
  });

  test("takes an answer on the evidence that was shown, and on no other; each is written down", async () => {
    const { workload } = await scene.tenants.atGate(TWO);
    const ann = await as("ann");
    await shown(ann, workload, "AwaitingApproval");
    const gate = await ann.gate(workload);
    expect(gate).toMatchObject({ open: true, required: 2, confidence: 0.97, submittedBy: "sam" });
    expect(gate.findings).toEqual([
      { severity: "low", url: "https://example.com/", text: "small print", page: 0, places: [] },
    ]);
    const path = pathOf(workload, PATHS.gate);
    const other = { decision: "approve", reason: "", uid: gate.uid, evidence: { analysis: "sha256:other" } };
    const refused = await ann.send("POST", path, other);
    expect([refused.status, await refused.json()]).toEqual([
      409,
      expect.objectContaining({ code: "evidence-changed" }),
    ]);
    const request = { decision: "approve", reason: "figures checked", uid: gate.uid, evidence: gate.evidence };
    expect(await ann.json("POST", path, request)).toMatchObject({
      answers: [{ decision: "approve", by: "ann", reason: "figures checked" }],
    });
    const written = scene.audits.filter(({ action, name }) => action === "approve" && name === workload.metadata.name);
    expect(written).toMatchObject([
      { user: "ann", code: 409 },
      { user: "ann", code: 200, reason: "figures checked" },
    ]);
  });

  test("takes a question and the reply to it, which whoever may change the workload gives", async () => {
    const { workload } = await scene.tenants.atGate(TWO);
    const [ann, sam] = [await as("ann"), await as("sam")];
    await shown(ann, workload, "AwaitingApproval");
    const { uid, evidence, you } = await ann.gate(workload);
    const closed = { may: false, why: "nothing is asked: a reply is taken while a question is open" };
    expect([you.ask, (await sam.gate(workload)).you.reply]).toMatchObject([{ may: true }, closed]);
    const ask = { decision: "ask", reason: "with tax?", uid, evidence };
    const path = pathOf(workload, PATHS.gate);
    expect((await ann.send("POST", path, { ...ask, reason: " " })).status).toBe(422);
    const asked = [{ question: "with tax?", by: "ann" }];
    expect(await ann.json("POST", path, ask)).toMatchObject({ open: true, questions: asked });
    const gate = await sam.gate(workload);
    expect([gate.questions, gate.you.reply]).toMatchObject([asked, { may: true }]);
    const reply = pathOf(workload, PATHS.reply);
    expect((await sam.send("POST", reply, { uid })).status).toBe(422);
    expect((await ann.send("POST", reply, { reply: "yes", uid })).status).toBe(403);
    expect((await sam.send("POST", reply, { reply: "yes", uid: "another" })).status).toBe(409);
    expect(await sam.json("POST", reply, { reply: "yes", uid })).toMatchObject({
      open: true,
      questions: [{ question: "with tax?", by: "ann", reply: "yes", repliedBy: "sam" }],
    });
    const written = scene.audits.filter(({ action, code }) => action === "reply" && code === 200);
    expect(written).toMatchObject([{ user: "sam", reply: "yes" }]);
  });
});

test("no token is in any line that was logged", () => {
  expect(nonEmpty(scene.lines).filter((line) => line.includes("token-of-"))).toEqual([]);
});

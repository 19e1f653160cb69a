// An assistant with a person's rights: the SDK's own client talks to `agentic mcp` as somebody of a tenant.
import { join } from "node:path";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { CHANGE_PREFIX } from "@agentic/api/changes.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { nothingSaid } from "@agentic/kube/workloads/answer.ts";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, until } from "../operator/cluster.ts";
import { startInstallation, TENANT } from "./installation.ts";
import { People } from "./people.ts";
import { play, submit, WORKLOADS } from "./runs.ts";

let cluster: Cluster;
let people: People;
const assistants: Client[] = [];
let tara: Client;
let vera: Client;

async function assistantOf(name: string): Promise<Client> {
  const { CHILD_COVERAGE } = process.env;
  const client = new Client({ name: "test", version: "1" });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [join(import.meta.dirname, "../../../cli/main.ts"), "mcp"],
      env: {
        PATH: process.env.PATH ?? "",
        KUBECONFIG: people.kubeconfig(name, TENANT),
        ...(CHILD_COVERAGE ? { NODE_V8_COVERAGE: CHILD_COVERAGE } : {}),
      },
    }),
  );
  assistants.push(client);
  return client;
}

beforeAll(async () => {
  cluster = await startInstallation();
  people = new People(cluster.kubeconfig);
  [tara, vera] = await Promise.all([assistantOf("tara"), assistantOf("vera")]);
});
afterAll(async () => {
  await Promise.all(assistants.map((assistant) => assistant.close()));
  people?.remove();
  await cluster?.stop();
});

/** A tool's answer: its text, and whether it is a refusal. */
async function call(assistant: Client, name: string, given: Record<string, unknown> = {}) {
  const { content, isError } = await assistant.callTool({ name, arguments: given });
  const [{ text = "" } = {}] = content as { text?: string }[];
  return { text, isError };
}
const json = async (...args: Parameters<typeof call>) => JSON.parse((await call(...args)).text);
const prices = {
  name: "prices",
  objective: "compare prices",
  targetUrls: ["https://example.com/"],
  approval: "manual",
};

test("the server says which tools it has, and which of them change something", async () => {
  const { tools } = await vera.listTools();
  expect(tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint])).toEqual([
    ["list_workloads", true],
    ["show_workload", true],
    ["submit_workload", false],
    ["wait_for_workload", true],
    ["list_waiting_gates", true],
    ["show_gate", true],
    ["approve_gate", false],
    ["deny_gate", false],
    ["ask_at_gate", false],
    ["reply_at_gate", false],
    ["list_templates", true],
  ]);
});

describe("workloads", () => {
  test("are submitted in the person's own name, and only where it isn't a dry run", async () => {
    expect(await json(tara, "submit_workload", prices)).toMatchObject({
      dryRun: "nothing was submitted",
      spec: { approval: { timeout: "30m" } },
    });
    expect(await json(tara, "list_workloads")).toEqual([]);
    expect(await json(tara, "submit_workload", { ...prices, dryRun: false })).toMatchObject({ submittedBy: "tara" });
    expect(await json(vera, "list_workloads", { phase: "Pending" })).toMatchObject([
      { name: "prices", submittedBy: "tara" },
    ]);
  });

  test("are refused to who may only see, with what to do next", async () => {
    const { text, isError } = await call(vera, "submit_workload", { ...prices, name: "not-mine", dryRun: false });
    expect(isError).toBe(true);
    expect(text).toMatch(/"vera" cannot create resource.*\nsee what you may do by/);
    const absent = await call(vera, "show_workload", { name: "absent" });
    expect([absent.isError, absent.text]).toEqual([true, expect.stringContaining('"absent" not found')]);
    const wrong = await call(tara, "submit_workload", { ...prices, targetUrls: ["no address"] }).catch(
      ({ message }: Error) => ({ text: message, isError: true }),
    );
    expect([wrong.isError, wrong.text]).toEqual([true, expect.stringContaining("targetUrls")]);
  });

  test("are waited for, no longer than asked", async () => {
    expect(await json(vera, "wait_for_workload", { name: "prices", seconds: 1 })).toMatchObject({ phase: "Pending" });
  });
});

describe("a gate", () => {
  test("is shown with what it is decided on, and answered in the person's own name with their reason", async () => {
    const findings = [{ severity: "low" as const, url: "https://example.com/", text: "small print" }];
    await submit(cluster, "asks", { approval: { mode: "manual" } });
    await play(cluster, "asks", { confidence: 0.8, findings, cost: "0.01", seconds: 3 }, { phase: "AwaitingApproval" });
    expect(await json(tara, "list_waiting_gates")).toMatchObject([{ name: "asks" }]);
    expect(await json(tara, "show_gate", { name: "asks" })).toMatchObject({
      analysis: { confidence: 0.8, reasons: ["prices agree"], findings },
    });
    const refused = await call(vera, "approve_gate", { name: "asks", reason: "looks right" });
    expect([refused.isError, refused.text]).toEqual([true, expect.stringContaining('"vera" cannot patch')]);

    const nothing = await call(tara, "reply_at_gate", { name: "asks", reply: "yes" });
    expect([nothing.isError, nothing.text]).toEqual([true, expect.stringContaining("nothing is asked of asks")]);
    const asking = call(tara, "ask_at_gate", { name: "asks", question: "with tax?" });
    await until("the question", async () => {
      const { metadata } = await cluster.client.get<AgentWorkload>(`${WORKLOADS}/asks`);
      return metadata.annotations?.[ANNOTATIONS.approval] === "ask" ? true : undefined;
    });
    // The operator's part, whose rights alone take a question off a gate that waits.
    const asked = { question: "with tax?", by: "tara", at: "2026-01-01T00:00:00Z" };
    const status = { approval: { questions: [asked] }, phase: "Running" };
    await cluster.client.patch(`${WORKLOADS}/asks/status`, { status });
    expect((await asking).text).toBe('"asks: asked by tara; the gate waits on"');
    await cluster.client.patch(`${WORKLOADS}/asks`, { metadata: { annotations: nothingSaid({}) } });
    const changeable = { title: { type: ["string"], maxLength: 20 } };
    const waiting = { phase: "AwaitingApproval", approval: { changeable } };
    await cluster.client.patch(`${WORKLOADS}/asks/status`, { status: waiting });
    expect(await json(tara, "show_gate", { name: "asks" })).toMatchObject({
      approval: { questions: [asked], changeable },
    });

    const approval = { name: "asks", reason: "looks right" };
    const wrong = await call(tara, "approve_gate", { ...approval, changes: { model: "big" } });
    expect([wrong.isError, wrong.text]).toEqual([true, expect.stringContaining("it has title")]);
    const answering = call(tara, "approve_gate", { ...approval, changes: { title: "Kettles" } });
    // The operator's part.
    const given = await until("the answer", async () => {
      const { metadata } = await cluster.client.get<AgentWorkload>(`${WORKLOADS}/asks`);
      return metadata.annotations?.[ANNOTATIONS.approval] ? metadata.annotations : undefined;
    });
    await cluster.client.patch(`${WORKLOADS}/asks/status`, { status: { phase: "Running" } });
    expect(given).toMatchObject({
      [ANNOTATIONS.approval]: "approve",
      [ANNOTATIONS.approvedBy]: "tara",
      [ANNOTATIONS.approvalReason]: "looks right",
      [`${CHANGE_PREFIX}title`]: "Kettles",
    });
    expect((await answering).text).toBe('"asks: approved by tara with title=Kettles"');
    const late = await call(tara, "deny_gate", { name: "asks", reason: "no" });
    expect([late.isError, late.text]).toEqual([true, expect.stringContaining("doesn't wait for an answer")]);
  });
});

test("templates are listed with their parameters as JSON Schema", async () => {
  expect(await json(vera, "list_templates")).toMatchObject([
    { name: "visual-analysis-template", parameters: { type: "object", properties: { depth: { default: "1" } } } },
  ]);
});

// Somebody who submits workloads, by kubectl or by the webhook: who wants another gate than the tenant's, or sends what isn't theirs.
import type { AgentWorkloadSpec, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { EVENT_LABEL } from "@agentic/api/webhook.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Notifications } from "../../examples/notifications/receiver.ts";
import {
  createRights,
  type Sent,
  SPACE,
  startTestReceiver,
  type TestReceiver,
} from "../integration/events/receiver.ts";
import { until } from "../integration/operator/cluster.ts";
import { NAMESPACE, reason, type Scene, startScene, WORKLOADS } from "../integration/operator/scene.ts";
import { type KubeObject, mock, objects, program } from "../unit/components/program.ts";
import { tokenOf as webhookToken } from "../unit/events/test-webhook.ts";

let scene: Scene;
let count = 0;

beforeAll(async () => {
  scene = await startScene();
  await scene.operator();
});
afterAll(() => scene?.stop());

const map = `/api/v1/namespaces/${NAMESPACE}/configmaps/agentic-tenant`;

/**
 * The status of a workload that these settings end in this way. The operator hears of the settings a moment after they are set,
 * so further workloads are tried for a while.
 */
async function decided(
  settings: Record<string, string>,
  workload: { spec?: Partial<AgentWorkloadSpec>; labels?: Record<string, string> },
  outcome: "Denied" | "started",
): Promise<AgentWorkloadStatus> {
  const { client } = scene.cluster;
  await client.patch(map, { data: settings });
  try {
    return await until(`a workload that is ${outcome}`, async () => {
      const name = `s-${count++}`;
      await client.create(WORKLOADS, {
        apiVersion: "agentic.io/v1alpha1",
        kind: "AgentWorkload",
        metadata: { name, labels: workload.labels },
        spec: { objective: "compare prices", targetUrls: ["https://example.com/"], ...workload.spec },
      });
      const status = await scene.status(
        name,
        ({ phase, argoWorkflow }) => phase === "Denied" || argoWorkflow !== undefined,
      );
      return (status.phase === "Denied") === (outcome === "Denied") ? status : undefined;
    });
  } finally {
    await client.patch(map, { data: Object.fromEntries(Object.keys(settings).map((key) => [key, null])) });
  }
}

describe("sets the gate where the tenant's settings forbid it", () => {
  test.each<[Record<string, string>, Partial<AgentWorkloadSpec>, string]>([
    [{ approval_mode: "manual" }, { approval: { mode: "auto" } }, "this tenant demands that a person approves"],
    [{ min_threshold: "0.90" }, { approval: { threshold: "0.10" } }, "a threshold of at least 0.90"],
    [{ approval_policy: "strict" }, { approval: { policy: "permissive" } }, "this tenant demands policy strict"],
    [
      { allowed_templates: "other" },
      {},
      "template visual-analysis-template is not one that this tenant may run: other",
    ],
  ])("%j: denied, with the demand", async (settings, spec, words) => {
    const status = await decided(settings, { spec }, "Denied");
    expect(status).toMatchObject({ phase: "Denied" });
    expect(reason(status, "Accepted")).toBe("StartDenied");
    expect(status.message).toContain(words);
  });

  test.each<[Record<string, string>, string]>([
    [{ approval_mode: "Manual" }, 'approval_mode is "Manual": it must be auto or manual'],
    [{ approval_mode: "" }, 'approval_mode is "": it must be auto or manual'],
    [{ aproval_mode: "manual" }, "the tenant's setting aproval_mode is unknown"],
    [{ approval_policy: "Strict" }, "it must be strict or permissive"],
    [{ min_threshold: "0,90" }, "it must be a number from 0.00 to 1.00 with two decimals"],
    [{ min_threshold: "90%" }, "it must be a number from 0.00 to 1.00 with two decimals"],
    [{ allowed_templates: "one;two" }, "it must be names with commas between"],
  ])("%j, which is misspelt: denied, whatever the workload asks for", async (settings, words) => {
    const status = await decided(settings, { spec: { approval: { mode: "manual" } } }, "Denied");
    expect(status).toMatchObject({ phase: "Denied" });
    expect(status.message).toContain(words);
  });

  test("by the webhook: denied too, and whoever is notified reads why", async () => {
    const spec = { notify: [{ url: scene.hook.url, events: ["Denied" as const] }] };
    const labels = { [EVENT_LABEL]: "document" };
    await decided({ approval_mode: "Manual" }, { spec, labels }, "Denied");
    await until("the notification", async () => scene.hook.got.at(-1));
    expect(scene.hook.got.at(-1)?.body).toContain("it must be auto or manual");
  });

  test.each<[Record<string, string>, Partial<AgentWorkloadSpec>]>([
    [{ approval_mode: "manual" }, { approval: { mode: "manual" } }],
    [{ approval_mode: "auto", min_threshold: "0.90" }, { approval: { threshold: "0.90" } }],
    [{ approval_policy: "strict" }, { approval: { policy: "strict" } }],
    [{ allowed_templates: "other, visual-analysis-template" }, {}],
    [{}, { approval: { policy: "permissive", threshold: "0.10" } }],
  ])("%j, and asks for what it allows: started", async (settings, spec) => {
    expect((await decided(settings, { spec }, "started")).argoWorkflow).toBeDefined();
  });
});

test.each([
  "http://169.254.169.254./latest/meta-data/",
  "http://0xa9fea9fe/",
  "http://2852039166/",
  "http://0251.0376.0251.0376/",
  "http://\uFF11\uFF16\uFF19.254.169.254/",
  "http://169\u3002254\u3002169\u3002254/",
  "http://[::ffff:169.254.169.254]/",
  "http://Metadata.Google.Internal.:80/",
])("names a metadata service as %s: denied, before a step resolves it", async (url) => {
  const status = await decided({}, { spec: { targetUrls: ["https://example.com/", url] } }, "Denied");
  expect(status.message).toContain("is a metadata service");
});

test("the stack's config writes these settings, and none that it doesn't name", async () => {
  mock();
  const approval = { mode: "manual", minThreshold: "0.97", policy: "strict" };
  const all = await program({
    tenants: [{ name: "demo" }, { name: "a", approval, allowedTemplates: ["one", "two"] }],
  });
  const dataOf = (namespace: string) =>
    (objects(all, "ConfigMap") as KubeObject[]).find(
      ({ metadata }) => metadata?.name === "agentic-tenant" && metadata.namespace === namespace,
    )?.data;
  expect(dataOf("tenant-a")).toMatchObject({
    approval_mode: "manual",
    min_threshold: "0.97",
    approval_policy: "strict",
    allowed_templates: "one,two",
  });
  for (const key of ["approval_mode", "min_threshold", "approval_policy", "allowed_templates"])
    expect(dataOf("tenant-demo")).not.toHaveProperty(key);
});

describe("sends to the webhook what another sent, or what is for another tenant", () => {
  const event = { objective: "x", targetUrls: ["https://example.com/"] };
  let receiver: TestReceiver;
  let id = 0;

  beforeAll(async () => {
    mock();
    const { client, ca } = scene.cluster;
    const tenants = ["demo", "blue", "plain"];
    const platform = await program({ tenants: tenants.map((name) => ({ name })) });
    await client.create("/api/v1/namespaces", { metadata: { name: SPACE } });
    for (const namespace of ["tenant-blue", "tenant-plain"])
      await client.create("/api/v1/namespaces", { metadata: { name: namespace } });
    for (const namespace of [SPACE, ...tenants.map((name) => `tenant-${name}`)])
      await createRights(client, platform, namespace);
    receiver = await startTestReceiver(client, { ca, tenants, unsigned: ["plain"] });
  });
  afterAll(() => receiver?.stop());

  const signedEvent = (tenant = "demo", options: { at?: number; token?: string } = {}) =>
    receiver.event(tenant, "workload", event, { id: `e-${id++}`, ...options });
  const namesIn = async (tenant: string) =>
    (
      await scene.cluster.client.list<{ metadata: { name: string } }>(
        `/apis/agentic.io/v1alpha1/namespaces/tenant-${tenant}/agentworkloads`,
      )
    ).map(({ metadata }) => metadata.name);
  /** Sends it, and fails unless it is refused in these words and no workload has its name. */
  async function expectRefusal(event: Sent, status: number, words: string): Promise<void> {
    const answer = await receiver.send(event);
    expect([answer.status, answer.body.error]).toEqual([status, expect.stringContaining(words)]);
    const name = `workload-${event.headers["webhook-id"]?.toLowerCase()}`;
    for (const tenant of ["demo", "blue", "plain"]) expect(await namesIn(tenant)).not.toContain(name);
  }

  test("again: told that it was there, and nothing starts", async () => {
    const event = signedEvent();
    const answers = [await receiver.send(event), await receiver.send(event), await receiver.send(event)];
    expect(answers.map(({ status, body }) => [status, body.duplicate ?? false])).toEqual([
      [200, false],
      [200, true],
      [200, true],
    ]);
  });

  test("again once its workload is deleted, by another process: nothing starts either", async () => {
    const event = signedEvent();
    const { body } = await receiver.send(event);
    await scene.cluster.client.delete(`${WORKLOADS}/${body.name}`);
    await until("the end of the workload", async () =>
      (await namesIn("demo")).includes(body.name ?? "") ? undefined : 1,
    );
    await receiver.restart();
    expect((await receiver.send(event)).body.duplicate).toBe(true);
    expect(await namesIn("demo")).not.toContain(body.name);
  });

  test("later than its signature is good, or from a clock ahead: refused with the receiver's time", async () => {
    for (const seconds of [-302, 302])
      await expectRefusal(
        signedEvent("demo", { at: Date.now() + seconds * 1000 }),
        401,
        "within 300 s of the receiver's clock",
      );
  });

  test("with a new time, a new id or another body: refused, since all three are signed", async () => {
    const words = "webhook-signature is not of the tenant's token";
    const event = signedEvent("demo", { at: Date.now() - 1000 });
    const change = (headers: Record<string, string>) => ({ ...event, headers: { ...event.headers, ...headers } });
    await expectRefusal(change({ "webhook-timestamp": String(Math.floor(Date.now() / 1000)) }), 401, words);
    await expectRefusal(change({ "webhook-id": "another" }), 401, words);
    await expectRefusal({ ...event, body: event.body.replace('"x"', '"y"') }, 401, words);
    await expectRefusal({ ...event, body: `${event.body} ` }, 401, words);
    // The same text to the other kind of event leads nowhere either: a document has other fields.
    await expectRefusal({ ...event, path: "/demo/document" }, 400, "unknown fields");
    expect(await receiver.send(event)).toMatchObject({ status: 200 });
  });

  test("to another tenant, with its own token: refused, wherever the tenant is named", async () => {
    const signed = signedEvent("demo");
    await expectRefusal({ ...signed, path: "/blue/workload" }, 401, "is not of the tenant's token");
    const inBody = receiver.event("demo", "workload", { ...event, tenant: "blue" });
    await expectRefusal(inBody, 403, "tenant is 'blue', but this path and its token are of tenant 'demo'");
    for (const path of ["/blue%2F..%2Fdemo/workload", "/demo/../blue/workload", "/Demo/workload", "//workload"])
      expect([401, 404]).toContain((await receiver.send({ ...signed, path })).status);
    expect(await receiver.send(signedEvent("blue"))).toMatchObject({ status: 200 });
  });

  test("without a signature, or with the token in its place: refused with what is missing", async () => {
    const { headers: _, ...withoutHeaders } = signedEvent();
    const words = "sign the event, in the headers webhook-id, webhook-timestamp and webhook-signature";
    await expectRefusal({ ...withoutHeaders, headers: {} }, 401, words);
    await expectRefusal(
      { ...withoutHeaders, headers: { authorization: `Bearer ${webhookToken("demo")}` } },
      401,
      words,
    );
  });

  test("with a token that has been rotated: taken as long as both are good, then refused", async () => {
    const [old, young] = [webhookToken("demo"), webhookToken("young")];
    const statuses = async () =>
      await Promise.all(
        [old, young].map(async (token) => (await receiver.send(signedEvent("demo", { token }))).status),
      );
    receiver.setTokens("demo", { current: young, previous: old });
    await receiver.restart();
    expect(await statuses()).toEqual([200, 200]);
    receiver.setTokens("demo", { current: young });
    await receiver.restart();
    expect(await statuses()).toEqual([401, 200]);
    receiver.setTokens("demo", { current: old });
    await receiver.restart();
  });

  test("with the token itself, where the tenant has it so: only to that tenant", async () => {
    const bearer = {
      path: "/plain/workload",
      headers: { authorization: `Bearer ${webhookToken("plain")}` },
      body: JSON.stringify(event),
    };
    await expectRefusal({ ...bearer, path: "/demo/workload" }, 401, "sign the event");
    await expectRefusal(
      { ...bearer, headers: { authorization: `Bearer ${webhookToken("demo")}` } },
      401,
      "send the tenant's token",
    );
    expect(await receiver.send(bearer)).toMatchObject({ status: 200 });
  });
});

describe("sends a receiver of notifications what the operator sent", () => {
  test("again, altered or late: told apart by the sample of a receiver", async () => {
    const notify = [{ url: scene.hook.url, events: ["Denied" as const], secretRef: {} }];
    await decided({ approval_mode: "Manual" }, { spec: { notify } }, "Denied");
    const { headers, body } = await until("the notification", async () =>
      scene.hook.got.find((got) => "x-agentic-signature" in got.headers),
    );
    const notifications = new Notifications("hook-key");
    expect(notifications.check(headers, body.replace("Denied", "Completed"))).toBe("refuse");
    expect(notifications.check({ ...headers, "x-agentic-timestamp": "1" }, body)).toBe("refuse");
    expect(notifications.check({ ...headers, "x-agentic-signature": undefined }, body)).toBe("refuse");
    expect(new Notifications("another-key").check(headers, body)).toBe("refuse");
    expect(notifications.check(headers, body)).toBe("accept");
    expect(notifications.check({ ...headers, "x-agentic-delivery": "another" }, body)).toBe("again");
    expect(notifications.check(headers, body, Date.now() + 302_000)).toBe("refuse");
  });
});

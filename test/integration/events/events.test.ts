// Against a real API server: Argo Events' objects are what their definitions and Kubernetes take, and the receiver makes
// AgentWorkloads with its own account's rights.
import { agentWorkloadCrd } from "@agentic/api/crd.ts";
import type { EventKind } from "@agentic/api/webhook.ts";
import { connect } from "@agentic/kube/connection/connect.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply, type Cluster, get, type KubeObject, kubectl, list } from "../../../embedded/cli/cluster.ts";
import { Client } from "../../../kube/client/client.ts";
import { mock, objects, program, type Registered } from "../../unit/components/program.ts";
import type { ApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";
import { createRights, SPACE, startTestReceiver, type TestReceiver } from "./receiver.ts";

let server: ApiServer;
let cluster: Cluster;
const platforms = { argo: [] as Registered[], builtin: [] as Registered[] };

beforeAll(async () => {
  mock();
  server = await borrowApiServer();
  cluster = server;
  platforms.builtin = await program({});
  platforms.argo = await program({ eventEngine: "argo" });
  await apply(cluster, [
    ...["argo-events", "tenant-demo", "tenant-closed"].map((name) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name },
    })),
    agentWorkloadCrd(),
  ]);
  await kubectl(cluster, ["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"]);
});
afterAll(() => server?.stop());

const objectsIn = (all: readonly Registered[], kinds: string[], namespace: string | undefined) =>
  objects(all).filter(({ kind = "", metadata }) => kinds.includes(kind) && metadata?.namespace === namespace);

/** Server-side applies with every field that the API server doesn't know being an error. */
async function applyStrictly(items: readonly object[]): Promise<void> {
  const text = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  await kubectl(cluster, ["apply", "--server-side", "--validate=strict", "-f", "-"], text);
}

describe("Argo Events' objects", () => {
  const kinds = ["EventBus", "EventSource", "Sensor"];

  it("pass strict validation, definitions first", async () => {
    const definitions = objectsIn(platforms.argo, ["CustomResourceDefinition"], undefined).filter(({ metadata }) =>
      /^(eventbus|eventsources|sensors)\./.test(metadata?.name ?? ""),
    );
    expect(definitions).toHaveLength(3);
    await applyStrictly(definitions);
    await kubectl(cluster, ["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"]);
    const all = objects(platforms.argo).filter(({ metadata }) => metadata?.namespace === SPACE);
    await applyStrictly(all);
    for (const kind of kinds) expect((await list(cluster, kind, SPACE)).length, kind).toBeGreaterThan(0);
  });

  it("keep every field, those of the pods' templates and of the triggered resource too", async () => {
    for (const expected of objectsIn(platforms.argo, kinds, SPACE)) {
      const name = expected.metadata?.name ?? "";
      expect((await get<KubeObject>(cluster, expected.kind ?? "", name, SPACE))?.spec).toEqual(expected.spec);
    }
  });
});

describe("the receiver", () => {
  let admin: Client;
  let receiver: TestReceiver;

  beforeAll(async () => {
    const connection = await connect({ KUBECONFIG: server.kubeconfig });
    admin = new Client(connection);
    for (const namespace of [SPACE, "tenant-demo"]) await createRights(admin, platforms.builtin, namespace);
    const tenants = ["demo", "closed", "nobody"];
    receiver = await startTestReceiver(admin, { ca: connection.ca ?? "", tenants });
  });
  afterAll(async () => {
    await receiver?.stop();
    await admin?.close();
  });

  const post = (kind: EventKind, event: object, id?: string) =>
    receiver.send(receiver.event("demo", kind, event, id ? { id } : {}));
  const document = { url: "https://example.com/report.html" };
  const leases = async () => (await list(cluster, "leases", SPACE)).map(({ metadata }) => metadata);

  it("creates an AgentWorkload that says which event it is of", async () => {
    const { status, body } = await post("document", document, "A_1");
    expect([status, body.name], JSON.stringify(body)).toEqual([200, "document-a-1"]);
    const created = await get<KubeObject>(cluster, "agentworkload", "document-a-1", "tenant-demo");
    expect(created?.metadata.labels).toEqual({ "agentic.io/event": "document" });
    expect(created?.spec).toMatchObject({ targetUrls: [document.url], approval: { mode: "auto" } });
  });

  it("creates one and the same however often and from wherever the event comes", async () => {
    const event = { ...document, jobId: "Job_7" };
    const answers = await Promise.all(Array.from({ length: 8 }, () => post("document", event)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(answers.filter(({ body }) => !body.duplicate)).toHaveLength(1);
    expect((await get<KubeObject>(cluster, "agentworkload", "job-7", "tenant-demo"))?.spec).toMatchObject({
      jobId: "Job_7",
    });
  });

  it("forgets deliveries once no signature of theirs is good any more, and nothing else", async () => {
    const before = (await leases()).map(({ name }) => name);
    const api = `/apis/coordination.k8s.io/v1/namespaces/${SPACE}/leases`;
    const period = Math.floor(Date.now() / 600_000);
    for (const [name, value] of [
      ["delivery-old", period - 2],
      ["delivery-last", period - 1],
    ] as const)
      await admin.create(api, { metadata: { name, labels: { "agentic.io/delivery-period": String(value) } } });
    await admin.create(api, { metadata: { name: "of-others" } });
    await receiver.restart();
    await post("document", document, "sweeps");
    const after = (await leases()).map(({ name }) => name);
    expect(after).toEqual(expect.arrayContaining([...before, "delivery-last", "of-others"]));
    expect(after).toHaveLength(before.length + 3);
  });

  it.each([
    ["a namespace that gives it no right", "closed", 403, "tenant-closed takes no events"],
    ["a tenant that there isn't", "nobody", 403, "tenant-nobody takes no events"],
  ])("is refused by %s, and tells no more", async (_, tenant, status, message) => {
    const answer = await receiver.send(receiver.event(tenant, "document", document));
    expect([answer.status, answer.body.error]).toEqual([status, expect.stringContaining(message)]);
    expect(await list(cluster, "agentworkloads", "tenant-closed")).toEqual([]);
  });

  it.each([
    ["an unknown field", { serviceAccountName: "admin" }, 'unknown field "spec.serviceAccountName"'],
    ["an objective that templates would substitute", { objective: "{{workflow.name}}" }, "must not contain '{{'"],
    ["a URL of another kind", { targetUrls: ["file:///etc/passwd"] }, "spec.targetUrls[0]"],
    [
      "an answer at the gate",
      { approval: { mode: "auto", decision: "approve" } },
      'unknown field "spec.approval.decision"',
    ],
    ["a job id that gives no name", { jobId: "_" }, "metadata.name"],
  ])("passes on what admission says of %s, with 400", async (_, fields, message) => {
    const { status, body } = await post("workload", {
      objective: "x",
      targetUrls: ["https://example.com/"],
      ...fields,
    });
    expect([status, body.error]).toEqual([400, expect.stringContaining(message)]);
  });

  it("answers its metrics and its readiness", async () => {
    expect((await fetch(`${receiver.metrics()}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${receiver.metrics()}/metrics`)).text()).toMatch(
      /agentic_events_total\{kind="document",status="200"\} \d/,
    );
  });
});

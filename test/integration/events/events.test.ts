// Against a real API server: Argo Events' objects are what their definitions and Kubernetes take, and the receiver makes
// AgentWorkloads with its own account's rights.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentWorkloadCrd } from "@agentic/api/crd.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply, type Cluster, get, type KubeObject, kubectl, list } from "../../../embedded/cli/cluster.ts";
import { type Receiver, startReceiver } from "../../../embedded/receiver/receiver.ts";
import { mock, objects, program, type Registered } from "../../unit/components/program.ts";
import { type ApiServer, startApiServer } from "../apiserver.ts";

const space = "argo-events";
let server: ApiServer;
let cluster: Cluster;
const platforms = { argo: [] as Registered[], builtin: [] as Registered[] };

beforeAll(async () => {
  mock();
  server = await startApiServer();
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

const of = (all: readonly Registered[], kinds: string[], namespace: string | undefined) =>
  objects(all).filter(({ kind = "", metadata }) => kinds.includes(kind) && metadata?.namespace === namespace);

/** Server-side applies with every field that the API server doesn't know being an error. */
async function applyStrictly(items: readonly object[]): Promise<void> {
  const text = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  await kubectl(cluster, ["apply", "--server-side", "--validate=strict", "-f", "-"], text);
}

describe("Argo Events' objects", () => {
  const kinds = ["EventBus", "EventSource", "Sensor"];

  it("pass strict validation, definitions first", async () => {
    const definitions = of(platforms.argo, ["CustomResourceDefinition"], undefined).filter(({ metadata }) =>
      /^(eventbus|eventsources|sensors)\./.test(metadata?.name ?? ""),
    );
    expect(definitions).toHaveLength(3);
    await applyStrictly(definitions);
    await kubectl(cluster, ["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"]);
    const all = objects(platforms.argo).filter(({ metadata }) => metadata?.namespace === space);
    await applyStrictly(all);
    for (const kind of kinds) expect((await list(cluster, kind, space)).length, kind).toBeGreaterThan(0);
  });

  it("keep every field, those of the pods' templates and of the triggered resource too", async () => {
    for (const expected of of(platforms.argo, kinds, space)) {
      const name = expected.metadata?.name ?? "";
      expect((await get<KubeObject>(cluster, expected.kind ?? "", name, space))?.spec).toEqual(expected.spec);
    }
  });
});

describe("the receiver", () => {
  const token = "a-token-of-the-test";
  let directory: string;
  let receiver: Receiver;
  let url: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "receiver-"));
    writeFileSync(join(directory, "token"), token);
    // The rights that the program gives, and no others.
    await applyStrictly(
      of(platforms.builtin, ["ServiceAccount"], space).filter(({ metadata }) => metadata?.name === "event-receiver"),
    );
    await applyStrictly(
      of(platforms.builtin, ["Role", "RoleBinding"], "tenant-demo").filter(
        ({ metadata }) => metadata?.name === "agentic-events",
      ),
    );
    const account = (await kubectl(cluster, ["create", "token", "event-receiver", "-n", space])).trim();
    const config = JSON.parse(await kubectl(cluster, ["config", "view", "--raw", "--flatten", "-o", "json"])) as {
      clusters: { cluster: { "certificate-authority-data": string } }[];
    };
    const ca = Buffer.from(config.clusters[0]?.cluster["certificate-authority-data"] ?? "", "base64").toString();
    receiver = await startReceiver(
      {
        port: 0,
        metricsPort: 0,
        tokenFile: join(directory, "token"),
        maxBodyBytes: 65_536,
        drainSeconds: 0,
        logLevel: "silent",
      },
      { server: server.url, ca, credentials: async () => ({ authorization: `Bearer ${account}` }) },
    );
    url = `http://127.0.0.1:${receiver.port}`;
  });
  afterAll(async () => {
    await receiver?.stop();
    rmSync(directory, { recursive: true });
  });

  const post = async (path: string, event: object) => {
    const response = await fetch(url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(event),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const document = { tenant: "demo", url: "https://example.com/report.html" };

  it("creates an AgentWorkload that says which event it is of", async () => {
    const { status, body } = await post("/document", document);
    expect(status, JSON.stringify(body)).toBe(200);
    const created = await get<KubeObject>(cluster, "agentworkload", String(body.name), "tenant-demo");
    expect(created?.metadata.labels).toEqual({ "agentic.io/event": "document" });
    expect(created?.spec).toMatchObject({ targetUrls: [document.url], approval: { mode: "auto" } });
  });

  it("creates one and the same however often and from wherever the event comes", async () => {
    const event = { ...document, jobId: "Job_7" };
    const answers = await Promise.all(Array.from({ length: 8 }, () => post("/document", event)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(answers.filter(({ body }) => !body.duplicate)).toHaveLength(1);
    expect((await get<KubeObject>(cluster, "agentworkload", "job-7", "tenant-demo"))?.spec).toMatchObject({
      jobId: "Job_7",
    });
  });

  it.each([
    ["a namespace that gives it no right", { ...document, tenant: "closed" }, 403, "tenant-closed takes no events"],
    ["a tenant that there isn't", { ...document, tenant: "nobody" }, 403, "tenant-nobody takes no events"],
  ])("is refused by %s, and tells no more", async (_, event, status, why) => {
    const answer = await post("/document", event);
    expect([answer.status, String(answer.body.error)]).toEqual([status, expect.stringContaining(why)]);
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
  ])("passes on what admission says of %s, with 400", async (_, fields, why) => {
    const event = { tenant: "demo", objective: "x", targetUrls: ["https://example.com/"], ...fields };
    const { status, body } = await post("/workload", event);
    expect([status, String(body.error)]).toEqual([400, expect.stringContaining(why)]);
  });

  it("answers its metrics and its readiness", async () => {
    const side = `http://127.0.0.1:${receiver.metricsPort}`;
    expect((await fetch(`${side}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${side}/metrics`)).text()).toMatch(
      /agentic_events_total\{kind="document",status="200"\} \d/,
    );
  });

  it("doesn't start without a token", async () => {
    const tokenFile = join(directory, "empty");
    writeFileSync(tokenFile, "\n");
    const config = { port: 0, metricsPort: 0, tokenFile, maxBodyBytes: 1, drainSeconds: 0, logLevel: "silent" };
    const connection = { server: server.url };
    await expect(startReceiver(config, connection)).rejects.toThrow("is empty: the webhook needs a token");
  });
});

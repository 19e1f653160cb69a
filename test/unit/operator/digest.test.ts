// The digest of what waits in a tenant: once a day, whatever operators and receivers do meanwhile.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { DigestSender } from "../../../operator/notify/digest.ts";
import { type Answer, fakeApi } from "../kube/fake-api.ts";
import { timeAt, workload } from "./observed.ts";

const AT_NINE = Date.parse("2026-03-10T09:00:00Z");
const SPACE = "tenant-demo";
const MINUTE = 60_000;
const still = new AbortController().signal;

const waiting = (name: string, expiresAt: string | undefined, namespace = SPACE): AgentWorkload => {
  const approval = { decision: "pending" as const, ...(expiresAt ? { expiresAt } : {}) };
  const subject = workload({}, { phase: "AwaitingApproval", approval });
  subject.metadata = { ...subject.metadata, name, namespace, uid: name };
  return subject;
};

interface Options {
  data?: Record<string, string>;
  format?: "json" | "slack" | "teams" | "email";
  isAllowed?: boolean;
}

describe("a tenant's digest", () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  /** An API server with Leases and the tenant's Secret, a receiver with these answers, and operators one after another. */
  async function startDigest(answers: Answer[] = [], { data, format = "json", isAllowed = true }: Options = {}) {
    const hook = await fakeApi(() => answers.shift() ?? {});
    closing.push(() => hook.close());
    const leases = new Map<string, object>();
    const secret = data ?? { "digest-url": `${hook.url}/day`, key: "k" };
    const encoded = Object.fromEntries(
      Object.entries(secret).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
    );
    const api = await fakeApi(({ method, path, body }) => {
      if (path === `/api/v1/namespaces/${SPACE}/secrets/notify`) return { body: { data: encoded } };
      if (method === "GET") return leases.has(path) ? { body: leases.get(path) } : { code: 404, body: {} };
      const lease = body as { metadata: { name: string } };
      leases.set(method === "POST" ? `${path}/${lease.metadata.name}` : path, lease);
      return { body: lease };
    });
    closing.push(() => api.close());
    const results: string[] = [];
    const workloads: AgentWorkload[] = [waiting("later", timeAt(900)), waiting("sooner", timeAt(300))];
    const clock = { now: AT_NINE };
    /** Another operator; all that it knows of the others is what the API server has. */
    const startOperator = () => {
      const sender = new DigestSender({
        ...{ client: api.client, namespaces: [], digests: { [SPACE]: { at: "09:00", format } } },
        allowedHosts: isAllowed ? [new URL(hook.url).host] : [],
        namespace: "agentic-system",
        workloads: () => workloads,
        log: pino({ level: "silent" }),
        count: (result) => results.push(result),
        now: () => clock.now,
      });
      closing.push(() => sender.close());
      return sender;
    };
    return { hook, api, results, workloads, clock, startOperator, leases };
  }

  it("says what waits there, what is denied next first, signed, at its time", async () => {
    const { hook, results, workloads, clock, startOperator } = await startDigest();
    workloads.push(waiting("elsewhere", timeAt(1), "tenant-other"), waiting("suspended", undefined));
    const running = waiting("running", timeAt(1));
    workloads.push({ ...running, status: { phase: "Running" } });
    const operator = startOperator();
    clock.now = AT_NINE - 1;
    await operator.sendDue(still);
    expect(hook.requests).toHaveLength(0);
    clock.now = AT_NINE;
    await operator.sendDue(still);
    expect(hook.requests).toHaveLength(1);
    const [request] = hook.requests;
    expect(request?.path).toBe("/day");
    expect(request?.headers["x-agentic-signature"]).toMatch(/^sha256=/);
    expect(request?.body).toMatchObject({
      ...{ event: "Digest", namespace: SPACE, delivery: request?.headers["x-agentic-delivery"] },
      waiting: ["sooner", "later", "suspended"].map((name) => ({ workload: { name } })),
    });
    expect(results).toEqual(["delivered"]);
  });

  it("comes once a day over restarts of the operator, and again on the next day under another id", async () => {
    const { hook, clock, startOperator } = await startDigest();
    const days = 3;
    for (let day = 0; day < days; day++) {
      for (let minute = 0; minute < 180; minute += 20) {
        clock.now = AT_NINE + day * 24 * 60 * MINUTE + minute * MINUTE;
        const operator = startOperator();
        await operator.sendDue(still);
        await operator.sendDue(still);
      }
    }
    expect(hook.requests).toHaveLength(days);
    expect(new Set(hook.requests.map(({ headers }) => headers["x-agentic-delivery"])).size).toBe(days);
  });

  it("is sent by the next operator under the same id where one ended before it could note it", async () => {
    const { hook, leases, startOperator } = await startDigest();
    await startOperator().sendDue(still);
    leases.clear();
    await startOperator().sendDue(still);
    const ids = hook.requests.map(({ headers }) => headers["x-agentic-delivery"]);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it("isn't sent where nothing waits", async () => {
    const { hook, workloads, results, startOperator } = await startDigest();
    workloads.length = 0;
    await startOperator().sendDue(still);
    expect(hook.requests).toEqual([]);
    expect(results).toEqual([]);
  });

  it("is tried again later by one operator where the receiver is away, and given up after six tries", async () => {
    const { hook, clock, results, startOperator } = await startDigest(Array.from({ length: 9 }, () => ({ code: 503 })));
    const operator = startOperator();
    await operator.sendDue(still);
    await operator.sendDue(still);
    expect(hook.requests).toHaveLength(1);
    for (let minute = 1; minute < 100; minute++) {
      clock.now = AT_NINE + minute * MINUTE;
      await operator.sendDue(still);
    }
    expect(hook.requests).toHaveLength(6);
    expect(results).toEqual(["failed"]);
    expect(new Set(hook.requests.map(({ headers }) => headers["x-agentic-delivery"])).size).toBe(1);
  });

  it("is delivered once the receiver is back", async () => {
    const { hook, clock, results, startOperator } = await startDigest([{ code: 503 }, "hang up"]);
    const operator = startOperator();
    for (let minute = 0; minute < 10; minute++) {
      clock.now = AT_NINE + minute * MINUTE;
      await operator.sendDue(still);
    }
    expect(hook.requests).toHaveLength(3);
    expect(results).toEqual(["delivered"]);
  });

  it.each([
    ["the receiver refuses", [{ code: 404 }], {}, 1],
    ["the tenant may not reach it", [], { isAllowed: false, data: { "digest-url": "https://hooks.example.com/" } }, 0],
    ["the address is inside", [], { isAllowed: false }, 0],
  ] as [string, Answer[], Options, number][])(
    "isn't tried again that day where %s",
    async (_, answers, options, posts) => {
      const { hook, clock, results, startOperator } = await startDigest(answers, options);
      const operator = startOperator();
      for (let minute = 0; minute < 60; minute++) {
        clock.now = AT_NINE + minute * MINUTE;
        await operator.sendDue(still);
      }
      expect(hook.requests).toHaveLength(posts);
      expect(results).toEqual(["failed"]);
    },
  );

  it("is unsigned where the tenant has no key, and waits for its address where it has none yet", async () => {
    const { hook, startOperator } = await startDigest([], { data: {} });
    await startOperator().sendDue(still);
    expect(hook.requests).toEqual([]);
    const other = await startDigest([], { data: { "digest-url": `${hook.url}/\n` } });
    const allowed = other.startOperator();
    await allowed.sendDue(still);
    expect(other.hook.requests).toEqual([]);
  });

  it.each(["slack", "teams", "email"] as const)("is one message to people, as %s", async (format) => {
    const { hook, startOperator } = await startDigest([], { format });
    await startOperator().sendDue(still);
    expect(hook.requests).toHaveLength(1);
    const text = JSON.stringify(hook.requests[0]?.body);
    expect(text).toContain("tenant-demo: 2 workloads wait for an answer");
    expect(text).toContain("npx agentic approve sooner -n tenant-demo");
  });

  it("ends with the operator's lead", async () => {
    const { hook, startOperator } = await startDigest();
    const leading = new AbortController();
    const running = startOperator().run(leading.signal);
    while (hook.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    leading.abort();
    await running;
    expect(hook.requests).toHaveLength(1);
  });
});

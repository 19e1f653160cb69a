import fc from "fast-check";
import { Registry } from "prom-client";
import { afterEach, describe, expect, it } from "vitest";
import { readConfig } from "../../../operator/config.ts";
import { mergeDiff } from "../../../operator/controller/patch.ts";
import { durationMs, parseTime, timestamp } from "../../../operator/decide/time.ts";
import { workflowName } from "../../../operator/decide/workflow.ts";
import { WorkQueue } from "../../../operator/kube/queue.ts";
import { PolicyClient, readAnswer } from "../../../operator/policy.ts";
import { run } from "../../../operator/run.ts";
import { serve } from "../../../operator/server.ts";
import { eventually, fakeApi } from "./fake-api.ts";
import { merge } from "./merge.ts";
import { workload } from "./world.ts";

describe("a merge patch", () => {
  const value = fc.letrec((tie) => ({
    object: fc.dictionary(fc.constantFrom("a", "b", "c"), tie("any"), { maxKeys: 3, noNullPrototype: true }),
    any: fc.oneof(
      { maxDepth: 3 },
      fc.integer(),
      fc.string(),
      fc.boolean(),
      fc.array(tie("any"), { maxLength: 2 }),
      tie("object"),
    ),
  })).object as fc.Arbitrary<Record<string, unknown>>;

  it("makes the one document of the other", () => {
    fc.assert(fc.property(value, value, (from, to) => void expect(merge(from, mergeDiff(from, to) ?? {})).toEqual(to)));
  });

  it("is none between equals", () => {
    fc.assert(fc.property(value, (same) => void expect(mergeDiff(same, structuredClone(same))).toBeUndefined()));
  });
});

describe("durations", () => {
  it.each([
    ["300s", 300_000],
    ["30m", 1_800_000],
    ["1h30m", 5_400_000],
    ["2h0m5s", 7_205_000],
  ])("%s are %i ms", (text, ms) => expect(durationMs(text)).toBe(ms));
  it.each(["", "30", "5d", "-5m", "1m1h", "1.5h"])("are not %j", (text) =>
    expect(() => durationMs(text)).toThrow("no duration"),
  );
  it("and times are read and written to the second", () => {
    expect(timestamp(parseTime("2026-01-01T00:00:00Z") ?? 0)).toBe("2026-01-01T00:00:00Z");
    expect(parseTime("never")).toBeUndefined();
    expect(parseTime(undefined)).toBeUndefined();
  });
});

describe("a Workflow's name", () => {
  it("is a valid object name with room for its pods', whatever the workload's is", () => {
    const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,16}[a-z0-9])?)?$/);
    fc.assert(
      fc.property(name, fc.uuid(), fc.integer({ min: 0, max: 10 }), (text, uid, attempt) => {
        const subject = workload();
        subject.metadata = { ...subject.metadata, name: text, uid };
        const made = workflowName(subject, attempt);
        expect(made).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
        expect(made.length).toBeLessThanOrEqual(63);
      }),
    );
  });
});

describe("the work queue", () => {
  const queues: WorkQueue[] = [];
  const make = (options = {}) => {
    const queue = new WorkQueue(options);
    queues.push(queue);
    return queue;
  };
  afterEach(() => {
    for (const queue of queues.splice(0)) queue.stop();
  });

  it("gives each key once however often it is added, and again if it is added meanwhile", async () => {
    const queue = make();
    const seen: string[] = [];
    for (const key of ["a", "b", "a", "a"]) queue.add(key);
    expect(queue.depth).toBe(2);
    void queue.run(1, async (key) => {
      seen.push(key);
      if (key === "a" && seen.length === 1) queue.add("a");
    });
    await eventually(() => seen.length === 3);
    expect(seen).toEqual(["a", "b", "a"]);
  });

  it("waits as long as a server asks, but not for days", () => {
    const queue = make();
    expect(queue.retry("a", 60_000)).toBe(60_000);
    expect(queue.retry("b", 86_400_000)).toBe(300_000);
  });

  it("never gives one key to two workers", async () => {
    const queue = make();
    let now = 0;
    let most = 0;
    let count = 0;
    void queue.run(8, async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 2));
      now--;
      if (++count < 20) queue.add("a");
    });
    queue.add("a");
    const adding = setInterval(() => queue.add("a"), 1);
    await eventually(() => count >= 20);
    clearInterval(adding);
    expect(most).toBe(1);
  });

  it("works on several keys side by side", async () => {
    const queue = make();
    let now = 0;
    let most = 0;
    void queue.run(4, async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 10));
      now--;
    });
    for (let i = 0; i < 8; i++) queue.add(String(i));
    await eventually(() => most === 4);
  });

  it("waits longer with each retry in a row, at least as long as told, and forgets", () => {
    const queue = make({ baseMs: 10, maxMs: 50, random: () => 0.5 });
    expect([1, 2, 3, 4, 5].map(() => queue.retry("a"))).toEqual([10, 20, 40, 50, 50]);
    expect(queue.failures("a")).toBe(5);
    queue.forget("a");
    expect(queue.retry("a", 500)).toBe(500);
  });

  it("takes the shortest of several waits", async () => {
    const queue = make();
    const seen: number[] = [];
    const started = Date.now();
    void queue.run(1, async () => void seen.push(Date.now() - started));
    queue.addAfter("a", 10_000);
    queue.addAfter("a", 20);
    queue.addAfter("a", 5_000);
    await eventually(() => seen.length === 1);
    expect(seen[0]).toBeLessThan(2_000);
  });

  it("ends its workers, and takes nothing more", async () => {
    const queue = make();
    const done = queue.run(3, async () => {});
    queue.stop();
    await done;
    queue.add("a");
    queue.addAfter("a", 1);
    expect(queue.depth).toBe(0);
  });
});

describe("the settings", () => {
  it("have defaults", () => {
    expect(readConfig({ POD_NAME: "me" })).toEqual({
      opaUrl: "http://127.0.0.1:8181",
      opaTimeoutMs: 2000,
      port: 8080,
      workers: 8,
      leaderElection: true,
      leaseSeconds: 15,
      namespace: "agentic-system",
      identity: "me",
      logLevel: "info",
      notifyAllowedHosts: [],
      serviceAccountDir: undefined,
    });
  });

  it("are read from the environment", () => {
    const config = readConfig({
      OPA_URL: "http://opa:1/",
      LEADER_ELECTION: "false",
      NOTIFY_ALLOWED_HOSTS: "Hooks.demo:80, x ",
      WORKERS: "3",
    });
    expect(config).toMatchObject({
      opaUrl: "http://opa:1",
      leaderElection: false,
      notifyAllowedHosts: ["hooks.demo:80", "x"],
      workers: 3,
    });
  });

  it("that are wrong are all named at once", () => {
    const wrong = () =>
      readConfig({ OPA_URL: "opa", PORT: "99999", WORKERS: "x", LEADER_ELECTION: "maybe", LOG_LEVEL: "loud" });
    for (const name of ["OPA_URL", "PORT", "WORKERS", "LEADER_ELECTION", "LOG_LEVEL"]) expect(wrong).toThrow(name);
  });

  it("end the process with 1 and their message", async () => {
    const written: string[] = [];
    const write = process.stderr.write;
    process.stderr.write = ((text: string) => written.push(text) > 0) as typeof write;
    try {
      expect(await run({ PORT: "x" })).toBe(1);
    } finally {
      process.stderr.write = write;
    }
    expect(written.join("")).toContain("PORT must be a whole number");
  });
});

describe("the policy client", () => {
  const policies: PolicyClient[] = [];
  const ask = async (url: string, timeoutMs = 500) => {
    const policy = new PolicyClient({ url, timeoutMs });
    policies.push(policy);
    return policy.ask({ rule: "gate", input: { a: 1 } });
  };
  afterEach(() => Promise.all(policies.splice(0).map((policy) => policy.close())));

  it("asks by the rule's path and reads the answer", async () => {
    const api = await fakeApi(() => ({ body: { result: { allow: true, reasons: ["b", "a"] } } }));
    expect(await ask(`${api.url}/base/`)).toEqual({ ok: true, allow: true, reasons: ["a", "b"] });
    expect(api.asked[0]).toMatchObject({
      method: "POST",
      path: "/base/v1/data/agentic/gate",
      body: { input: { a: 1 } },
    });
    await api.close();
  });

  it.each([
    ["no result", {}],
    ["no word on it", { result: {} }],
    ["a text for an answer", { result: { allow: "true" } }],
    ["nothing", null],
  ])("takes %s for no answer", (_, document) => {
    expect(readAnswer("gate", document)).toEqual({ ok: false, error: expect.stringContaining("agentic.gate") });
  });

  it("takes errors, silence and noise for no answer", async () => {
    const failing = await fakeApi(() => ({ code: 500, body: { code: "internal_error" } }));
    expect(await ask(failing.url)).toMatchObject({ ok: false, error: expect.stringContaining("HTTP 500") });
    const noise = await fakeApi(() => ({ body: "not json" }));
    expect(await ask(noise.url)).toMatchObject({ ok: false });
    const silent = await fakeApi(() => undefined);
    expect(await ask(silent.url, 30)).toMatchObject({ ok: false });
    expect(await ask("http://127.0.0.1:1")).toMatchObject({ ok: false });
    await Promise.all([failing.close(), noise.close(), silent.close()]);
  });
});

describe("the endpoint", () => {
  it("says what is wrong with 503", async () => {
    let problem: string | undefined = "hangs";
    const server = await serve(0, new Registry(), { health: () => problem, ready: () => problem });
    const get = async (path: string, method = "GET") => {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
      return [response.status, await response.text()];
    };
    expect(await get("/healthz")).toEqual([503, "hangs\n"]);
    problem = undefined;
    expect(await get("/readyz?verbose")).toEqual([200, "ok\n"]);
    expect((await get("/healthz", "POST"))[0]).toBe(405);
    await expect(
      serve(server.port, new Registry(), { health: () => undefined, ready: () => undefined }),
    ).rejects.toThrow("EADDRINUSE");
    await server.close();
  });
});

// Parts of the operator: merge patches, durations, names of Workflows, settings, the policy client and the endpoint.

import { timestamp } from "@agentic/api/times.ts";
import fc from "fast-check";
import { Registry } from "prom-client";
import { afterEach, describe, expect, it } from "vitest";
import { durationMs } from "../../../api/duration.ts";
import { serve } from "../../../kube/serving/server.ts";
import { readConfig } from "../../../operator/config.ts";
import { mergeDiff } from "../../../operator/controller/patch.ts";
import { parseTime } from "../../../operator/decide/time.ts";
import { workflowName } from "../../../operator/decide/workflow.ts";
import { PolicyClient, readAnswer } from "../../../operator/policy.ts";
import { run } from "../../../operator/run.ts";
import { fakeApi } from "../kube/fake-api.ts";
import { merge } from "../kube/merge.ts";
import { workload } from "./observed.ts";

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
    fc.assert(fc.property(value, (drawn) => void expect(mergeDiff(drawn, structuredClone(drawn))).toBeUndefined()));
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
    expect(() => durationMs(text)).toThrow("not a valid duration"),
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
        const name = workflowName(subject, attempt);
        expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
        expect(name.length).toBeLessThanOrEqual(63);
      }),
    );
  });
});

describe("the settings", () => {
  it("have defaults", () => {
    expect(readConfig({ POD_NAME: "me" })).toEqual({
      opaUrl: "http://127.0.0.1:8181",
      opaTimeoutMs: 2000,
      port: 8080,
      costReportPort: 8081,
      workers: 8,
      leaderElection: true,
      leaseSeconds: 15,
      namespace: "agentic-system",
      identity: "me",
      logLevel: "info",
      notifyAllowedHosts: [],
      notifyNamespaces: [],
      consoleUrl: undefined,
      digests: {},
      monthBudgets: {},
      alarmUrl: undefined,
      alarmKeyFile: "/etc/secrets/alarm/key",
      timerImage: "agentic-operator",
      serviceAccountDir: undefined,
    });
  });

  it("take no address of a console that a browser may not open", () => {
    expect(() => readConfig({ CONSOLE_URL: "javascript:alert(1)" })).toThrow("CONSOLE_URL must be an http(s) URL");
  });

  it("are read from the environment", () => {
    const config = readConfig({
      OPA_URL: "http://opa:1/",
      LEADER_ELECTION: "false",
      NOTIFY_ALLOWED_HOSTS: "Hooks.demo:80, x ",
      NOTIFY_NAMESPACES: "tenant-a, tenant-b",
      CONSOLE_URL: "https://console.example.com",
      WORKERS: "3",
    });
    expect(config).toMatchObject({
      opaUrl: "http://opa:1",
      leaderElection: false,
      notifyAllowedHosts: ["hooks.demo:80", "x"],
      notifyNamespaces: ["tenant-a", "tenant-b"],
      consoleUrl: "https://console.example.com",
      workers: 3,
    });
  });

  it("that are wrong are all named at once", () => {
    const readInvalid = () =>
      readConfig({ OPA_URL: "opa", PORT: "99999", WORKERS: "x", LEADER_ELECTION: "maybe", LOG_LEVEL: "loud" });
    for (const name of ["OPA_URL", "PORT", "WORKERS", "LEADER_ELECTION", "LOG_LEVEL"])
      expect(readInvalid).toThrow(name);
  });

  it("end the process with 1 and their message", async () => {
    const lines: string[] = [];
    const write = process.stderr.write;
    process.stderr.write = ((text: string) => lines.push(text) > 0) as typeof write;
    try {
      expect(await run({ PORT: "x" })).toBe(1);
    } finally {
      process.stderr.write = write;
    }
    expect(lines.join("")).toContain("PORT must be a whole number");
  });
});

describe("the policy client", () => {
  const policies: PolicyClient[] = [];
  const ask = async (url: string, timeoutMs = 20_000) => {
    const policy = new PolicyClient({ url, timeoutMs });
    policies.push(policy);
    return policy.ask({ rule: "gate", input: { a: 1 } });
  };
  afterEach(() => Promise.all(policies.splice(0).map((policy) => policy.close())));

  it("asks by the rule's path and reads the answer", async () => {
    const api = await fakeApi(() => ({ body: { result: { allow: true, reasons: ["b", "a"] } } }));
    expect(await ask(`${api.url}/base/`)).toEqual({ ok: true, allow: true, reasons: ["a", "b"] });
    expect(api.requests[0]).toMatchObject({
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

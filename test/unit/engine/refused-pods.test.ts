// Pods that the API server refuses and logs that can't be read: each has an end, and says so.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as paths from "../../../embedded/engine/controller/paths.ts";
import type { WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { Harness, NS, single, succeeded } from "./harness.ts";

describe("a pass", () => {
  let h: Harness;
  beforeEach(async () => {
    h = await Harness.start();
  });
  afterEach(() => h.stop());

  const withResult: WorkflowSpec = {
    entrypoint: "main",
    templates: [
      {
        name: "main",
        steps: [
          [{ name: "a", template: "s" }],
          [{ name: "b", template: "s", when: "{{steps.a.outputs.result}} == yes" }],
        ],
      },
      { name: "s", script: { image: "i", command: ["sh"], source: "echo yes" } },
    ],
  };
  /** Submits a workflow whose first step's result is used, and ends that step. */
  async function untilResult(): Promise<string> {
    await h.submit(withResult);
    await h.reconcile();
    const name = h.caches.pods("ns/wf")[0]?.metadata.name ?? "";
    await h.end(name, succeeded);
    return paths.podLog(NS, name);
  }
  test.each([
    [400, "Pod in version v1 cannot be handled"],
    [403, 'pods "wf" is forbidden: violates PodSecurity "restricted:latest"'],
    [403, 'pods "wf" is forbidden: failed quota: q: must specify limits.cpu for: main'],
    [413, "Request entity too large: limit is 3145728"],
    [422, 'Pod "wf" is invalid: spec.containers[0].resources.limits[cpu]: Invalid value'],
  ])("a pod refused with %i ends its workflow, which says why, though its result is used", async (status, message) => {
    await h.submit(withResult);
    h.api.fail("POST", status, message);
    for (let i = 0; i < 4; i++) await h.reconcile();
    expect(h.node("a")).toMatchObject({ phase: "Error", message });
    expect(h.stored()?.status).toMatchObject({ phase: "Failed", message: expect.stringContaining(`a: ${message}`) });
    expect(h.api.calls.filter((call) => call.endsWith("/log"))).toEqual([]);
  });

  test("a result whose log is gone is an error that says so", async () => {
    const log = await untilResult();
    await h.reconcile();
    expect(h.node("a")).toMatchObject({
      phase: "Error",
      message: `outputs.result: the pod's log cannot be read: ${log} not found`,
    });
  });

  test("a log that cannot be read for now is asked for again, but not without end", async () => {
    const log = await untilResult();
    const unavailable = () => h.api.fail(`GET ${log}`, 502, "dial tcp: connect: connection refused");
    unavailable();
    await h.reconcile();
    expect(h.node("a")?.phase).toBe("Running");
    expect(h.requeued.at(-1)).toEqual(["ns/wf", h.now.getTime() + 2000]);
    h.wait(29);
    unavailable();
    await h.reconcile();
    expect(h.node("a")?.phase).toBe("Running");
    h.wait(1);
    unavailable();
    await h.reconcile();
    expect(h.node("a")).toMatchObject({ phase: "Error", message: expect.stringContaining("connection refused") });
  });

  test("a failed step doesn't need its log to fail", async () => {
    await h.submit(withResult);
    await h.reconcile();
    const terminated = { exitCode: 3, reason: "Error", message: "bad input\n" };
    await h.end(h.caches.pods("ns/wf")[0]?.metadata.name ?? "", {
      phase: "Failed",
      containerStatuses: [{ name: "main", state: { terminated } }],
    });
    await h.reconcile();
    expect(h.node("a")).toMatchObject({ phase: "Failed", message: "main: Error (exit code 3): bad input" });
  });

  test("waits without end for what Argo waits for, and some minutes for what else may pass", async () => {
    await h.submit(single);
    const refuse = async (status: number, message: string, seconds: number) => {
      h.wait(seconds);
      for (let i = 0; i < 2; i++) h.api.fail("POST", status, message);
      for (let i = 0; i < 2; i++) await h.reconcile();
      h.api.failures.length = 0;
      return h.stored()?.status?.nodes?.wf;
    };
    const pending = (message: string) => ({ phase: "Pending", message });
    const quota = 'Operation cannot be fulfilled on resourcequotas "q"';
    expect(await refuse(409, quota, 0)).toMatchObject(pending(quota));
    expect(await refuse(409, quota, 86_400)).toMatchObject(pending(quota));
    const webhook = 'failed calling webhook "policy": no endpoints available';
    expect(await refuse(500, webhook, 0)).toMatchObject(pending(webhook));
    expect(await refuse(500, webhook, 119)).toMatchObject(pending(webhook));
    expect(await refuse(500, webhook, 1)).toMatchObject({ phase: "Error", message: `${webhook} (for 2 minutes)` });
  });
});

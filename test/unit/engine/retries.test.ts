// Retries, each in virtual time.
import { describe, expect, test } from "vitest";
import { byNode, type Script, SimulatedCluster, workflow } from "./simulated-cluster.ts";
import { dag, echo, output, phases, pod, run } from "./templates.ts";

describe("retries", () => {
  const attempts = (cluster: SimulatedCluster) =>
    Object.values(cluster.workflow.status?.nodes ?? {}).filter(({ nodeFlag }) => nodeFlag?.retried);

  test("wait longer each time, up to a cap", () => {
    const retryStrategy = { limit: 3, backoff: { duration: "10", factor: 3, cap: "1m" } };
    const cluster = run([pod("main", { retryStrategy })], () => ({ exitCode: 1 }));
    expect(cluster.workflow.status).toMatchObject({
      phase: "Failed",
      message: "No more retries left: main: Error (exit code 1)",
      progress: "0/4",
    });
    expect(attempts(cluster).map(({ startedAt }) => startedAt?.slice(14, 19))).toEqual([
      "00:00",
      "00:11",
      "00:42",
      "01:43",
    ]);
    expect(cluster.trace.flatMap(({ result }) => result.status.nodes?.wf?.message ?? [])).toContain(
      "Backoff for 30 seconds",
    );
  });

  test("stop when the time for all of them is over", () => {
    const cluster = run(
      [pod("main", { retryStrategy: { limit: "9", backoff: { duration: "20s", factor: "2", maxDuration: "1m" } } })],
      () => ({ exitCode: 1, seconds: 5 }),
    );
    expect(cluster.workflow.status).toMatchObject({
      phase: "Failed",
      message: "Backoff would exceed max duration limit: main: Error (exit code 1)",
    });
    const exceeded = run(
      [pod("main", { retryStrategy: { limit: "9", backoff: { duration: "1s", maxDuration: "3s" } } })],
      () => ({ exitCode: 1, seconds: 9 }),
    );
    expect(exceeded.workflow.status?.message).toBe("Max duration limit exceeded: main: Error (exit code 1)");
  });

  test.each<[string, Script, number, string]>([
    ["OnFailure", { exitCode: 1 }, 2, "No more retries left: main: Error (exit code 1)"],
    ["OnFailure", { deleted: true }, 1, "pod deleted"],
    ["OnFailure", { exitCode: 137, reason: "OOMKilled" }, 2, "No more retries left: main: OOMKilled (exit code 137)"],
    [
      "OnFailure",
      { exitCode: 137, podReason: "Evicted", podMessage: "low on memory" },
      2,
      "No more retries left: Evicted: low on memory",
    ],
    ["OnError", { deleted: true }, 2, "No more retries left: pod deleted"],
    ["OnError", { exitCode: 1 }, 1, "main: Error (exit code 1)"],
    ["OnError", { exitCode: 137, podReason: "Evicted", podMessage: "low on memory" }, 1, "Evicted: low on memory"],
    ["Always", { deleted: true }, 2, "No more retries left: pod deleted"],
    [
      "OnTransientError",
      { exitCode: 1, output: "dial tcp: i/o timeout" },
      2,
      "No more retries left: main: Error (exit code 1): dial tcp: i/o timeout",
    ],
    ["OnTransientError", { exitCode: 1, output: "no such file" }, 1, "main: Error (exit code 1): no such file"],
  ])("policy %s with %j makes %i attempts", (retryPolicy, script, count, message) => {
    const cluster = run([pod("main", { retryStrategy: { limit: "1", retryPolicy } })], () => script);
    expect(attempts(cluster)).toHaveLength(count);
    expect(cluster.workflow.status?.message).toBe(message);
  });

  test("by expression: transient failures and deleted pods only", () => {
    const retryStrategy = { limit: "5", expression: "lastRetry.status == 'Error' || lastRetry.exitCode == '75'" };
    const scripts = [{ deleted: true }, { exitCode: 75 }, { exitCode: 1 }];
    const cluster = run([pod("main", { retryStrategy })], () => scripts.shift() ?? {});
    expect(attempts(cluster)).toHaveLength(3);
    expect(cluster.workflow.status).toMatchObject({
      phase: "Failed",
      message: "retryStrategy.expression evaluated to false: main: Error (exit code 1)",
    });
  });

  test("tell an attempt how many there were and how the last one went; what succeeds passes its outputs on", () => {
    const main = pod("main", {
      retryStrategy: { limit: "2" },
      outputs: output("o"),
      container: {
        image: "i",
        args: ["{{retries}} {{lastRetry.exitCode}} {{lastRetry.status}} {{lastRetry.message}} {{pod.name}}"],
      },
    });
    const variables: string[] = [];
    const cluster = run([main], (pod) => {
      variables.push(echo(pod).output ?? "");
      return variables.length < 2 ? { exitCode: 7 } : { output: "done\n" };
    });
    expect(variables).toEqual(
      ["0 0   wf-main-2415365187", "1 7 Failed main: Error (exit code 7) wf-main-2398587568"].map((text, index) =>
        text.replace(/wf-main-\d+$/, cluster.created[index] ?? ""),
      ),
    );
    expect(cluster.node("wf")).toMatchObject({
      type: "Retry",
      phase: "Succeeded",
      outputs: { exitCode: "0", parameters: [{ name: "o", value: "done" }] },
    });
  });

  test("tell the template of an exit code of 0 where the last attempt had none, and the expression of -1, as Argo does", () => {
    const main = pod("main", {
      retryStrategy: { limit: "1", expression: "lastRetry.exitCode == '-1'" },
      outputs: output("o"),
      container: { image: "i", args: ["{{lastRetry.exitCode}} {{lastRetry.status}}"] },
    });
    const told: (string | undefined)[] = [];
    run([main], (pod) => {
      told.push(echo(pod).output);
      return { deleted: true };
    });
    expect(told).toEqual(["0 ", "0 Error"]);
  });

  test("hold for whole templates, and for all of a workflow", () => {
    const cluster = run(
      [dag([{ name: "a", template: "p" }], { retryStrategy: { limit: "1" } }), pod("p")],
      byNode({ "wf(0).a": { exitCode: 1 } }),
    );
    expect(phases(cluster)).toMatchObject({ wf: "Succeeded", "wf(0)": "Failed", "wf(1)": "Succeeded" });
    const every = run([{ name: "main", suspend: { duration: "1" } }], undefined, { retryStrategy: { limit: "1" } });
    expect(phases(every)).toEqual({ wf: "Succeeded", "wf(0)": "Succeeded" });
  });

  test("without a limit go on, but never twice at once", () => {
    const cluster = new SimulatedCluster(
      workflow({
        entrypoint: "main",
        templates: [
          { name: "main", steps: [[{ name: "a", template: "p", when: "1 +" }]], retryStrategy: {} },
          pod("p"),
        ],
      }),
    );
    const result = cluster.step();
    expect(attempts(cluster)).toHaveLength(1);
    expect(result.wakeAt).toBeDefined();
  });

  test("a strategy that makes no sense is the node's error", () => {
    expect(
      run([pod("main", { retryStrategy: { limit: "many" } })], () => ({ exitCode: 1 })).workflow.status?.message,
    ).toMatch(/retryStrategy.limit: "many" is not an integer/);
    expect(
      run([pod("main", { retryStrategy: { limit: "2", expression: "asInt(lastRetry.message) > 1" } })], () => ({
        exitCode: 1,
      })).workflow.status?.message,
    ).toMatch(/not a number/);
  });
});

// The kind of a step's failure is told apart, and its last words reach the workload's status.
import { describe, expect, it } from "vitest";
import type { WorkflowNode } from "../../../operator/argo.ts";
import { decide } from "../../../operator/decide/decide.ts";
import { condition, observed, run, START, workload } from "./observed.ts";

function failedRun(node: Partial<WorkflowNode>, spec: Parameters<typeof workload>[0] = {}) {
  const subject = workload(spec);
  const result = run(subject, [{ displayName: "analysis", phase: "Failed", ...node }], { phase: "Failed" });
  return decide(observed({ workload: subject, runs: [result], now: START + 9000 }));
}

const KINDS: [string, string, string][] = [
  ["main: OOMKilled (exit code 137)", "OutOfMemory", "more memory than its limit"],
  ["main: Error (exit code 137)", "Killed", "killed from outside"],
  ["main: Error (exit code 143)", "Killed", "killed from outside"],
  ["main: Error (exit code 134): Reached heap limit", "Crashed", "crashed"],
  ["main: Error (exit code 139)", "Crashed", "crashed"],
  [
    "The node was low on resource: memory. Threshold quantity: 100Mi, available: 80Mi.",
    "Evicted",
    "evicted from its node",
  ],
  ["The node had condition: [DiskPressure]. ", "Evicted", "evicted from its node"],
  ['Usage of EmptyDir volume "tmp" exceeds the limit "256Mi". ', "Evicted", "evicted from its node"],
  ["Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ", "Evicted", "evicted"],
  ["Preempted in order to admit critical pod", "Evicted", "evicted from its node"],
  ["Pod was terminated in response to imminent node shutdown.", "Evicted", "evicted from its node"],
  ["Pod was active on the node longer than the specified deadline", "StepDeadline", "longer than the template allows"],
  ["pod deleted", "PodLost", "its pod was lost"],
  [
    'Pod failed before main container starts due to ImagePullBackOff: Back-off pulling image "x"',
    "ImageUnavailable",
    "its image can't be pulled",
  ],
  [
    'admission webhook "policy.sigstore.dev" denied the request: validation failed: no matching signatures',
    "ImageDenied",
    "its image may not run here",
  ],
  [
    "spec.containers: registry.example.com/a may not run in a tenant's namespace: allowed are registry.example.com/b",
    "ImageDenied",
    "its image may not run here",
  ],
  ["main: Error (exit code 75): the gateway answers 503", "ServiceUnavailable", "unavailable until no try was left"],
];

describe("a failed step", () => {
  it.each(KINDS)("with %j is of the kind %s", (message, kind, explained) => {
    const decision = failedRun({ message });
    expect(decision.status.failure).toMatchObject({ kind, step: "analysis", attempt: 0 });
    expect(decision.status.message).toContain(explained);
    expect(decision.status.message).toContain(message.trim());
    expect(condition(decision, "Finished")).toEqual({ status: "True", reason: kind });
    expect(decision.events.map(({ reason }) => reason)).toContain(kind);
  });

  it("says its last words, and nothing before them that isn't needed", () => {
    const decision = failedRun({ message: "main: Error (exit code 1): model gpt-9 is unknown to the gateway" });
    expect(decision.status.message).toBe(
      "step analysis: main: Error (exit code 1): model gpt-9 is unknown to the gateway",
    );
    expect(decision.status.failure).toEqual({ kind: "StepFailed", step: "analysis", exitCode: 1, attempt: 0 });
    expect(condition(decision, "Finished")?.reason).toBe("WorkflowFailed");
  });

  it("has the exit code that the engine gives where the message has none", () => {
    const decision = failedRun({ message: "failed", outputs: { exitCode: "137" } });
    expect(decision.status.failure).toMatchObject({ kind: "Killed", exitCode: 137 });
  });

  it("is known by its kind while the workload waits for its next run", () => {
    const decision = failedRun({ message: "main: OOMKilled (exit code 137)" }, { retry: { limit: 2, backoff: "1h" } });
    expect(decision.status).toMatchObject({ phase: "Pending", failure: { kind: "OutOfMemory", attempt: 0 } });
    expect(decision.status.message).toContain("run 1 of 3 failed: step analysis: more memory than its limit");
    expect(decision.events.map(({ reason }) => reason)).toContain("Retrying");
  });

  it("is forgotten once a later run has done the work", () => {
    const subject = workload({ retry: { limit: 1 } });
    const ended = run(subject, [{ displayName: "dom", phase: "Succeeded" }], { attempt: 1, phase: "Succeeded" });
    const status = { failure: { kind: "Evicted" as const, attempt: 0 } };
    expect(decide(observed({ workload: { ...subject, status }, runs: [ended] })).status.failure).toBeUndefined();
  });
});

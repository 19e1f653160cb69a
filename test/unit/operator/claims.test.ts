// Of workloads with one job id, or that write to one place, one runs at a time.
import type { AgentWorkload, AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Claims } from "../../../operator/controller/claims.ts";
import { decide } from "../../../operator/decide/decide.ts";
import { ALLOWED, condition, observed, workload } from "./observed.ts";

function workloadNamed(
  name: string,
  spec: Partial<AgentWorkloadSpec> = {},
  more: Partial<AgentWorkload["metadata"]> = {},
) {
  const subject = workload(spec);
  return { ...subject, metadata: { ...subject.metadata, name, uid: `uid-${name}`, ...more } };
}

function newClaims() {
  const requeued: string[] = [];
  return { claims: new Claims((key) => requeued.push(key)), requeued };
}

it("the second of one job id waits until the first is released, and is woken then", () => {
  const { claims, requeued } = newClaims();
  expect(claims.take(workloadNamed("a", { jobId: "job" }), undefined)).toBeUndefined();
  expect(claims.take(workloadNamed("b", { jobId: "job" }), undefined)).toBe("tenant-demo/a");
  expect(claims.take(workloadNamed("a", { jobId: "job" }), undefined)).toBeUndefined();
  claims.release("tenant-demo/a");
  expect(requeued).toEqual(["tenant-demo/b"]);
  expect(claims.take(workloadNamed("b", { jobId: "job" }), undefined)).toBeUndefined();
});

it.each<[string, AgentWorkload, AgentWorkload, boolean]>([
  ["two job ids", workloadNamed("a"), workloadNamed("b"), false],
  [
    "a prefix that is the other's job",
    workloadNamed("a"),
    workloadNamed("b", { artifacts: { prefix: "job_a" } }),
    true,
  ],
  [
    "one prefix in two buckets",
    workloadNamed("a", { artifacts: { prefix: "p" } }),
    workloadNamed("b", { artifacts: { bucket: "other", prefix: "p" } }),
    false,
  ],
  [
    "one job id at two places",
    workloadNamed("a", { jobId: "j" }),
    workloadNamed("b", { jobId: "j", artifacts: { bucket: "other", prefix: "p" } }),
    true,
  ],
  [
    "the tenant's bucket, by its name",
    workloadNamed("a", { jobId: "j" }),
    workloadNamed("b", { jobId: "j", artifacts: { bucket: "demo" } }),
    true,
  ],
  [
    "one job id of two tenants",
    workloadNamed("a", { jobId: "j" }),
    workloadNamed("b", { jobId: "j", artifacts: { bucket: "other" } }, { namespace: "tenant-other" }),
    false,
  ],
  [
    "one place that two tenants may write to",
    workloadNamed("a", { jobId: "j" }),
    workloadNamed("b", { jobId: "j" }, { namespace: "tenant-other" }),
    true,
  ],
])("%s: %#", (_, first, second, isShared) => {
  const { claims } = newClaims();
  claims.take(first, { minio_bucket: "demo" });
  expect(claims.take(second, { minio_bucket: "demo" }) !== undefined).toBe(isShared);
});

it("a workload that is gone, has ended, or was replaced, holds nothing", () => {
  const { claims } = newClaims();
  const runningWorkload = {
    ...workloadNamed("a", { jobId: "j" }),
    status: { argoWorkflow: { name: "w", namespace: "n", uid: "u" } },
  };
  claims.observe("tenant-demo/a", runningWorkload, undefined);
  expect(claims.take(workloadNamed("b", { jobId: "j" }), undefined)).toBe("tenant-demo/a");
  claims.observe(
    "tenant-demo/a",
    { ...runningWorkload, status: { ...runningWorkload.status, phase: "Failed" } },
    undefined,
  );
  expect(claims.take(workloadNamed("b", { jobId: "j" }), undefined)).toBeUndefined();
  claims.observe("tenant-demo/b", undefined, undefined);
  claims.observe("tenant-demo/a", runningWorkload, undefined);
  expect(claims.take(workloadNamed("a", { jobId: "else" }, { uid: "anew" }), undefined)).toBeUndefined();
  expect(claims.take(workloadNamed("b", { jobId: "j" }), undefined)).toBeUndefined();
});

it("in any order of starts and ends no two hold one place, and nobody waits for a free one", () => {
  const step = fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom("take", "release"));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const holding = new Set<string>();
      const waiting = new Set<string>();
      const claims = new Claims((key) => waiting.delete(key.split("/")[1] ?? ""));
      for (const [name, action] of steps) {
        if (action === "take") {
          if (claims.take(workloadNamed(name, { jobId: "j" }), undefined) === undefined) holding.add(name);
          else waiting.add(name);
        } else {
          claims.release(`tenant-demo/${name}`);
          holding.delete(name);
        }
        expect(holding.size).toBeLessThanOrEqual(1);
        if (holding.size === 0) expect([...waiting]).toEqual([]);
      }
    }),
  );
});

it("a workload that waits for a place says for whom, is no failure, and its patience doesn't run out", () => {
  const claim = { answers: { start: ALLOWED }, holder: "tenant-demo/twin-a" };
  const first = decide(observed(claim));
  expect(condition(first, "Accepted")).toEqual({ status: "Unknown", reason: "ArtifactsInUse" });
  expect(first.status.message).toContain(
    "AgentWorkload twin-a has the same job id or writes its artifacts to the same place",
  );
  expect(first.events).toMatchObject([{ type: "Normal", reason: "ArtifactsInUse" }]);
  const later = decide(observed({ ...claim, workload: workload({}, first.status), now: observed().now + 3_600_000 }));
  expect(later.status).toEqual(first.status);
  expect(later.events).toEqual([]);
});

it("a workload that waits for another tenant's is not told its name", () => {
  const { status } = decide(observed({ answers: { start: ALLOWED }, holder: "tenant-other/secret-plans" }));
  expect(status.message).toMatch(
    /^a workload of another tenant has the same job id or writes its artifacts to the same/,
  );
  expect(status.message).not.toContain("secret-plans");
});

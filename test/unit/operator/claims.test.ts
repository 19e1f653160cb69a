// Of workloads with one job id, or that write to one place, one runs at a time.
import type { AgentWorkload, AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Claims } from "../../../operator/controller/claims.ts";
import { decide } from "../../../operator/decide/decide.ts";
import { ALLOWED, condition, observed, workload } from "./observed.ts";

function named(name: string, spec: Partial<AgentWorkloadSpec> = {}, more: Partial<AgentWorkload["metadata"]> = {}) {
  const subject = workload(spec);
  return { ...subject, metadata: { ...subject.metadata, name, uid: `uid-${name}`, ...more } };
}

function newClaims() {
  const woken: string[] = [];
  return { claims: new Claims((key) => woken.push(key)), woken };
}

it("the second of one job id waits until the first is released, and is woken then", () => {
  const { claims, woken } = newClaims();
  expect(claims.take(named("a", { jobId: "job" }), undefined)).toBeUndefined();
  expect(claims.take(named("b", { jobId: "job" }), undefined)).toBe("tenant-demo/a");
  expect(claims.take(named("a", { jobId: "job" }), undefined)).toBeUndefined();
  claims.release("tenant-demo/a");
  expect(woken).toEqual(["tenant-demo/b"]);
  expect(claims.take(named("b", { jobId: "job" }), undefined)).toBeUndefined();
});

it.each<[string, AgentWorkload, AgentWorkload, boolean]>([
  ["two job ids", named("a"), named("b"), false],
  ["a prefix that is the other's job", named("a"), named("b", { artifacts: { prefix: "job_a" } }), true],
  [
    "one prefix in two buckets",
    named("a", { artifacts: { prefix: "p" } }),
    named("b", { artifacts: { bucket: "other", prefix: "p" } }),
    false,
  ],
  [
    "one job id at two places",
    named("a", { jobId: "j" }),
    named("b", { jobId: "j", artifacts: { bucket: "other", prefix: "p" } }),
    true,
  ],
  [
    "the tenant's bucket, by its name",
    named("a", { jobId: "j" }),
    named("b", { jobId: "j", artifacts: { bucket: "demo" } }),
    true,
  ],
  [
    "one job id of two tenants",
    named("a", { jobId: "j" }),
    named("b", { jobId: "j", artifacts: { bucket: "other" } }, { namespace: "tenant-other" }),
    false,
  ],
  [
    "one place that two tenants may write to",
    named("a", { jobId: "j" }),
    named("b", { jobId: "j" }, { namespace: "tenant-other" }),
    true,
  ],
])("%s: %#", (_, one, other, isShared) => {
  const { claims } = newClaims();
  claims.take(one, { minio_bucket: "demo" });
  expect(claims.take(other, { minio_bucket: "demo" }) !== undefined).toBe(isShared);
});

it("a workload that is gone, has ended, or was replaced, holds nothing", () => {
  const { claims } = newClaims();
  const running = { ...named("a", { jobId: "j" }), status: { argoWorkflow: { name: "w", namespace: "n", uid: "u" } } };
  claims.observe("tenant-demo/a", running, undefined);
  expect(claims.take(named("b", { jobId: "j" }), undefined)).toBe("tenant-demo/a");
  claims.observe("tenant-demo/a", { ...running, status: { ...running.status, phase: "Failed" } }, undefined);
  expect(claims.take(named("b", { jobId: "j" }), undefined)).toBeUndefined();
  claims.observe("tenant-demo/b", undefined, undefined);
  claims.observe("tenant-demo/a", running, undefined);
  expect(claims.take(named("a", { jobId: "else" }, { uid: "anew" }), undefined)).toBeUndefined();
  expect(claims.take(named("b", { jobId: "j" }), undefined)).toBeUndefined();
});

it("in any order of starts and ends no two hold one place, and nobody waits for a free one", () => {
  const step = fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom("take", "release"));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const holding = new Set<string>();
      const waiting = new Set<string>();
      const claims = new Claims((key) => waiting.delete(key.split("/")[1] ?? ""));
      for (const [name, what] of steps) {
        if (what === "take") {
          if (claims.take(named(name, { jobId: "j" }), undefined) === undefined) holding.add(name);
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
  const held = { answers: { start: ALLOWED }, holder: "tenant-demo/twin-a" };
  const first = decide(observed(held));
  expect(condition(first, "Accepted")).toEqual({ status: "Unknown", reason: "ArtifactsInUse" });
  expect(first.status.message).toContain(
    "AgentWorkload twin-a has the same job id or writes its artifacts to the same place",
  );
  expect(first.events).toMatchObject([{ type: "Normal", reason: "ArtifactsInUse" }]);
  const later = decide(observed({ ...held, workload: workload({}, first.status), now: observed().now + 3_600_000 }));
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

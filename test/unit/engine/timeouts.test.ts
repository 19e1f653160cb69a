// A template's timeout and pendingTimeout (workflow/controller/operator.go, checkTemplateTimeouts).
import { describe, expect, test } from "vitest";
import { podOf } from "./pod-of.ts";
import { byNode } from "./simulated-cluster.ts";
import { status } from "./submitted-spec.ts";
import { dag, phases, pod, run } from "./templates.ts";

const container = { image: "i" };
const slow = byNode({ a: { pending: 100 }, b: { pending: 5 } });

describe("a template's timeout", () => {
  test("is its pod's, the shorter of it and activeDeadlineSeconds", () => {
    expect(podOf({ container, timeout: "1m30s" }).spec.activeDeadlineSeconds).toBe(90);
    expect(podOf({ container, timeout: "90s", activeDeadlineSeconds: 20 }).spec.activeDeadlineSeconds).toBe(20);
    const inputs = { parameters: [{ name: "t", value: "2m" }] };
    expect(podOf({ container, inputs, timeout: "{{inputs.parameters.t}}" }).spec.activeDeadlineSeconds).toBe(120);
  });

  test.each(["timeout", "pendingTimeout"] as const)("%s ends a pod that does not begin in time", (field) => {
    const tasks = [
      { name: "a", template: "p" },
      { name: "b", template: "p" },
    ];
    const cluster = run([dag(tasks, { dag: { tasks, failFast: false } }), pod("p", { [field]: "10s" })], slow);
    expect(cluster.node("a")).toMatchObject({ phase: "Failed", message: "timeout" });
    expect(phases(cluster)).toMatchObject({ b: "Succeeded" });
    expect(cluster.pods.size).toBe(1);
    expect(cluster.now).toBeLessThan(Date.parse("2026-01-01T00:00:15Z"));
  });

  test("is no concern of templates that have no pod", () => {
    const templates = [dag([{ name: "a", template: "p" }], { timeout: "10s" }), pod("p")];
    expect(status({ entrypoint: "main", templates }).message).toBe(
      "invalid spec: spec.templates[0].timeout: is only valid for container and script templates",
    );
    expect(
      run([dag([{ name: "a", template: "p" }]), pod("p")], undefined, { templateDefaults: { timeout: "9s" } }).workflow
        .status?.phase,
    ).toBe("Succeeded");
  });

  test("has a unit", () => {
    const templates = [pod("main", { timeout: "10" })];
    expect(status({ entrypoint: "main", templates }).message).toBe(
      'invalid spec: spec.templates[0].timeout: must have a unit, as in "30s"',
    );
    expect(status({ entrypoint: "main", templates: [pod("main", { pendingTimeout: "soon" })] }).message).toContain(
      "spec.templates[0].pendingTimeout: unable to parse",
    );
  });
});

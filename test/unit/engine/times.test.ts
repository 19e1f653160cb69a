// Times have bounds: whatever a field, a variable or a status says, the engine asks to be woken at a moment to come.
import { describe, expect, test } from "vitest";
import { advance } from "../../../embedded/engine/core/advance.ts";
import type { Template, Workflow, WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { SimulatedCluster, workflow } from "./simulated-cluster.ts";
import { argument, pod, run } from "./templates.ts";

const failing = () => ({ exitCode: 1 });

const at = new Date("2026-01-01T00:00:00Z");
const status = (spec: object) => advance(workflow(spec as WorkflowSpec), [], at).status;

const main = (more: object, spec: object = {}) => ({
  entrypoint: "main",
  templates: [{ name: "main", ...("suspend" in more ? {} : { container: { image: "i" } }), ...more } as Template],
  ...spec,
});

const retry = (more: object) => main({ retryStrategy: { limit: "2", ...more } });

describe("a time that can't be is refused by its field:", () => {
  test.each<[string, object, string]>([
    [
      "spec.activeDeadlineSeconds",
      main({}, { activeDeadlineSeconds: 1e13 }),
      "must be an integer from -9223372036 to 9223372036",
    ],
    ["spec.activeDeadlineSeconds", main({}, { activeDeadlineSeconds: "60" }), "must be a whole number"],
    ["spec.templates[0].activeDeadlineSeconds", main({ activeDeadlineSeconds: 1e13 }), "at most 2147483647"],
    ["spec.templates[0].activeDeadlineSeconds", main({ activeDeadlineSeconds: "10s" }), "must be a positive integer"],
    ["spec.templates[0].activeDeadlineSeconds", main({ activeDeadlineSeconds: "1e3" }), "must be a positive integer"],
    [
      "spec.ttlStrategy.secondsAfterCompletion",
      main({}, { ttlStrategy: { secondsAfterCompletion: 1e13 } }),
      "to 2147483647",
    ],
    [
      "spec.ttlStrategy.secondsAfterSuccess",
      main({}, { ttlStrategy: { secondsAfterSuccess: "60s" } }),
      "must be a whole number",
    ],
    [
      "spec.ttlStrategy.secondsAfterFailure",
      main({}, { ttlStrategy: { secondsAfterFailure: 1.5 } }),
      "must be a whole number",
    ],
    ["spec.ttlStrategy", main({}, { ttlStrategy: "60s" }), "must be an object"],
    ["spec.podGC.deleteDelayDuration", main({}, { podGC: { deleteDelayDuration: "1d" } }), "unable to parse"],
    ["spec.podGC.deleteDelayDuration", main({}, { podGC: { deleteDelayDuration: "9999999999h" } }), "too long"],
    [
      "spec.podGC.deleteDelayDuration",
      main({}, { podGC: { deleteDelayDuration: "{{workflow.name}}" } }),
      "unable to parse",
    ],
    ["spec.templates[0].suspend.duration", main({ suspend: { duration: "1d" } }), 'unable to parse "1d"'],
    ["spec.templates[0].suspend.duration", main({ suspend: { duration: "99999999999999999999" } }), "too long"],
    ["spec.templates[0].suspend.duration", main({ suspend: { duration: 1e13 } }), "too long"],
    ["spec.templates[0].suspend.duration", main({ suspend: { duration: " 5" } }), "unable to parse"],
    ["spec.templates[0].retryStrategy.backoff.duration", retry({ backoff: { duration: "2562048h" } }), "too long"],
    ["spec.templates[0].retryStrategy.backoff.duration", retry({ backoff: {} }), "is required"],
    [
      "spec.templates[0].retryStrategy.backoff.cap",
      retry({ backoff: { duration: "1", cap: "1e9s" } }),
      "unable to parse",
    ],
    [
      "spec.templates[0].retryStrategy.backoff.maxDuration",
      retry({ backoff: { duration: "1", maxDuration: "9223372037" } }),
      "too long",
    ],
    [
      "spec.templates[0].retryStrategy.backoff.factor",
      retry({ backoff: { duration: "1", factor: "two" } }),
      "is not an integer",
    ],
    [
      "spec.templates[0].retryStrategy.backoff.factor",
      retry({ backoff: { duration: "1", factor: 1e12 } }),
      "must be an integer",
    ],
    ["spec.templates[0].retryStrategy.limit", retry({ limit: "99999999999" }), "must be an integer"],
    [
      "spec.retryStrategy.backoff.duration",
      main({}, { retryStrategy: { backoff: { duration: "1y" } } }),
      "unable to parse",
    ],
  ])("%s %j", (field, spec, message) => {
    const refusal = status(spec);
    expect(refusal.phase).toBe("Failed");
    expect(refusal.message).toMatch(/^invalid spec: /);
    expect(refusal.message).toContain(`${field}: `);
    expect(refusal.message).toContain(message);
  });
});

describe("a time that comes of a variable", () => {
  const afterDeadline = (more: object, value: string, spec: object = {}) => {
    const cluster = run(main(more).templates, failing, { arguments: argument("t", value), ...spec });
    return Object.values(cluster.workflow.status?.nodes ?? {}).find(({ phase }) => phase === "Error")?.message;
  };

  test("ends its node in error, with the name of the field, if it can't be", () => {
    const t = "{{workflow.parameters.t}}";
    expect(afterDeadline({ suspend: { duration: `${t}h` } }, "x")).toContain('suspend.duration: unable to parse "xh"');
    expect(afterDeadline({ suspend: { duration: t } }, "1e13")).toContain("suspend.duration: unable to parse");
    expect(afterDeadline({ suspend: { duration: t } }, "9".repeat(30))).toContain("suspend.duration: ");
    const backoff = (more: object, value: string) =>
      afterDeadline({ retryStrategy: { limit: 2, backoff: { duration: "1", ...more } } }, value);
    expect(backoff({ duration: t }, "soon")).toContain('retryStrategy.backoff.duration: unable to parse "soon"');
    expect(backoff({ duration: t }, "")).toContain("retryStrategy.backoff.duration: no base duration");
    expect(backoff({ cap: t }, "2562048h")).toContain("retryStrategy.backoff.cap: ");
    expect(backoff({ maxDuration: t }, "1d")).toContain("retryStrategy.backoff.maxDuration: unable to parse");
    expect(backoff({ factor: t }, "1.5")).toContain('retryStrategy.backoff.factor: "1.5" is not an integer');
    expect(afterDeadline({ retryStrategy: { limit: t } }, "")).toContain('retryStrategy.limit: "" is not an integer');
  });

  test("says what a deadline must be before a pod is made", () => {
    const cluster = run(main({ activeDeadlineSeconds: "{{workflow.parameters.t}}" }).templates, failing, {
      arguments: argument("t", "1e13"),
    });
    expect(cluster.created).toEqual([]);
    expect(cluster.workflow.status?.message).toContain("activeDeadlineSeconds: must be a positive integer");
  });

  test("holds back pods that are to be deleted", () => {
    const cluster = run([pod("main")], () => ({}), {
      arguments: argument("t", "90"),
      podGC: { strategy: "OnPodCompletion", deleteDelayDuration: "{{workflow.parameters.t}}s" },
    });
    expect(cluster.step().wakeAt).toEqual(new Date(cluster.now + 90_000));
  });
});

describe("long times", () => {
  test("of a growing backoff end where a duration ends", () => {
    const cluster = new SimulatedCluster(
      workflow(retry({ limit: "9", backoff: { duration: "1h", factor: 1000000 } })),
      failing,
    );
    const message = "Backoff for 106751 days 23 hours 47 minutes 16 seconds";
    const isReached = (cluster: SimulatedCluster) =>
      cluster.trace.some(({ result }) => result.status.nodes?.wf?.message === message);
    cluster.run(isReached);
    expect(isReached(cluster)).toBe(true);
  });

  test("are over at once when a workflow has none, and its exit handler still runs", () => {
    for (const activeDeadlineSeconds of [0, -5]) {
      const cluster = run([pod("main"), pod("bye")], undefined, { activeDeadlineSeconds, onExit: "bye" });
      expect(cluster.node("wf")).toMatchObject({ phase: "Failed", message: "Step exceeded its deadline" });
      expect(cluster.node("wf.onExit")?.phase).toBe("Succeeded");
    }
  });

  test("of a workflow give its pods a deadline that Kubernetes takes", () => {
    const cluster = new SimulatedCluster(workflow(main({}, { activeDeadlineSeconds: 9_000_000_000 })));
    expect(cluster.step().podsToCreate[0]?.spec.activeDeadlineSeconds).toBe(2 ** 31 - 1);
  });

  test("that somebody patches in while a workflow runs end it by the field's name", () => {
    const running = new SimulatedCluster(workflow(main({}))).run(
      ({ workflow: current }) => current.status?.phase === "Running",
    );
    const patched = { ...running.workflow, spec: { ...running.workflow.spec, activeDeadlineSeconds: 1e13 } };
    expect(advance(patched, [], at).status).toMatchObject({
      phase: "Error",
      message: expect.stringContaining("spec.activeDeadlineSeconds: must be an integer"),
    });
    const suspended = { ...running.workflow, spec: { ...running.workflow.spec, suspend: "no" as unknown as boolean } };
    expect(advance(suspended, [], at).status.message).toBe("spec.suspend: must be true or false, not a string");
  });

  test("in a status that somebody has broken end the workflow, too", () => {
    const running = new SimulatedCluster(workflow(main({ suspend: { duration: "1h" } }))).run(() => true);
    const broken = (change: (node: object) => object, startedAt?: string): Workflow => {
      const { status: old = {} } = running.workflow;
      const nodes = Object.fromEntries(Object.entries(old.nodes ?? {}).map(([id, node]) => [id, change(node)]));
      return {
        ...running.workflow,
        status: { ...old, nodes, ...(startedAt ? { startedAt } : {}) } as Workflow["status"],
      };
    };
    expect(
      advance(
        broken((node) => ({ ...node, startedAt: "today" })),
        [],
        at,
      ).status.message,
    ).toContain('startedAt: "today"');
    expect(
      advance(
        broken((node) => node, "today"),
        [],
        at,
      ).status.message,
    ).toContain('status.startedAt: "today"');
  });

  test("keep no refused workflow from its time to live", () => {
    const invalid = workflow({ ...main({}), entrypoint: "none", ttlStrategy: { secondsAfterCompletion: 60 } });
    expect(new SimulatedCluster(invalid).run(({ deleted }) => deleted).deleted).toBe(true);
    const lost = workflow({ workflowTemplateRef: { name: "lost" }, ttlStrategy: { secondsAfterFailure: 60 } });
    expect(new SimulatedCluster(lost).run(({ deleted }) => deleted).deleted).toBe(true);
    const invalidTtl = workflow(main({}, { ttlStrategy: { secondsAfterCompletion: 1e13 } }));
    expect(new SimulatedCluster(invalidTtl).run(({ deleted }) => deleted).step()).toMatchObject({
      expired: false,
      changed: false,
    });
  });
});

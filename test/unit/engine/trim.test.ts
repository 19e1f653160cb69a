// What is kept of what is over does as well as all of it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { trimPod, trimWorkflow } from "../../../embedded/engine/controller/trim.ts";
import { advance } from "../../../embedded/engine/core/advance.ts";
import type { Library, Pod, WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { nonEmpty } from "../../non-empty.ts";
import { SimulatedCluster, workflow } from "./simulated-cluster.ts";
import { dag, pod } from "./templates.ts";

const STRATEGIES = ["OnPodCompletion", "OnPodSuccess", "OnWorkflowCompletion", "OnWorkflowSuccess"];
const ttl = fc.record(
  {
    secondsAfterCompletion: fc.nat(500),
    secondsAfterSuccess: fc.nat(500),
    secondsAfterFailure: fc.nat(500),
  },
  { requiredKeys: [] },
);
const podGC = fc.record(
  { strategy: fc.constantFrom(...STRATEGIES), deleteDelayDuration: fc.constantFrom("0s", "1m", "400s") },
  { requiredKeys: ["strategy"] },
);
const tasks = ["a", "b", "c"].map((name) => ({ name, template: "p", ...(name === "c" ? { depends: "a && b" } : {}) }));
const spec = fc
  .record({ ttlStrategy: ttl, podGC }, { requiredKeys: [] })
  .map((more): WorkflowSpec => ({ entrypoint: "main", templates: [dag(tasks), pod("p")], ...more }));

describe("of a finished workflow", () => {
  test("enough is kept to clear it and its pods away at the same moments, also when a template says so", () => {
    fc.assert(
      fc.property(spec, fc.boolean(), fc.array(fc.nat(2)), fc.nat(600), (spec, byReference, codes, seconds) => {
        const library: Library = {
          workflowTemplate: () => ({ metadata: { name: "t" }, spec }),
          clusterWorkflowTemplate: () => undefined,
        };
        const submitted = byReference ? { workflowTemplateRef: { name: "t" } } : spec;
        const keptPods: Pod[] = [];
        const cluster = new SimulatedCluster(
          workflow(submitted),
          () => ({ exitCode: codes.pop() ?? 0 }),
          library,
        ).run();
        keptPods.push(...cluster.list().map(trimPod));
        const now = new Date(cluster.now + seconds * 1000);
        const { status: _, ...fromWhole } = advance(cluster.workflow, cluster.list(), now, library);
        const { status: __, ...fromTrimmed } = advance(trimWorkflow(cluster.workflow), keptPods, now, library);
        expect(fromTrimmed).toEqual(fromWhole);
      }),
    );
  });

  test("some hundred bytes are kept, and of one that runs all", () => {
    const cluster = new SimulatedCluster(workflow({ entrypoint: "main", templates: [dag(tasks), pod("p")] }));
    cluster.step();
    expect(trimWorkflow(cluster.workflow)).toBe(cluster.workflow);
    const [running] = cluster.list();
    if (running) expect(trimPod(running)).toBe(running);
    cluster.run();
    expect(JSON.stringify(trimWorkflow(cluster.workflow)).length).toBeLessThan(700);
    for (const pod of nonEmpty(cluster.list())) expect(JSON.stringify(trimPod(pod)).length).toBeLessThan(500);
  });

  test("all is kept where its clearing away has variables", () => {
    const deleteDelayDuration = "{{workflow.parameters.delay}}";
    const parameters = [{ name: "delay", value: "1h" }];
    const templates = [dag(tasks), pod("p")];
    const podGC = { strategy: "OnWorkflowCompletion", deleteDelayDuration };
    const cluster = new SimulatedCluster(
      workflow({ entrypoint: "main", templates, arguments: { parameters }, podGC }),
    ).run();
    expect(trimWorkflow(cluster.workflow)).toBe(cluster.workflow);
  });
});

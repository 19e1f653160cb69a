// Specs of workflows for the tests of the controller.
import type { Template, Workflow } from "../../../embedded/engine/core/types.ts";

/** Namespace of the tests. */
export const NS = "tenant";
/** A step of one container. */
export const step: Template = {
  name: "c",
  container: { image: "registry.local/busybox:1", command: ["echo"], args: ["hi"] },
};
/** A workflow of that step alone. */
export const single = (more: Partial<Template> = {}): Workflow["spec"] => ({
  entrypoint: "c",
  templates: [{ ...step, ...more }],
});
/** A gate, and a step that runs where the gate is approved. */
export const gate: Workflow["spec"] = {
  entrypoint: "main",
  templates: [
    {
      name: "main",
      dag: {
        tasks: [
          { name: "gate", template: "gate" },
          {
            name: "synth",
            template: "c",
            depends: "gate.Succeeded",
            when: "'{{tasks.gate.outputs.parameters.decision}}' == 'approve'",
          },
        ],
      },
    },
    {
      name: "gate",
      suspend: { duration: "5m" },
      outputs: { parameters: [{ name: "decision", valueFrom: { supplied: {}, default: "deny" } }] },
    },
    step,
  ],
};

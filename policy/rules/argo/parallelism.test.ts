// What policy workflow-parallelism lets pass, and what violates it.
import { workflow } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { parallelism } from "./parallelism.ts";

const loop = { name: "main", dag: { tasks: [{ name: "a", template: "step", withParam: "[]" }] } };
const steps = { name: "main", steps: [[{ name: "a", template: "step", withSequence: { count: "9" } }]] };

table(parallelism, {
  passes: {
    "a limit": workflow({ parallelism: 5 }),
    "a limit of the whole holds for its loops": workflow({ parallelism: 5, templates: [loop, steps] }),
    "a run of a template": workflow({ workflowTemplateRef: { name: "a" } }),
  },
  violates: {
    none: [workflow(), "spec.parallelism"],
    "a loop without": [workflow({ templates: [loop] }), "spec.parallelism", "templates[0] (main).parallelism"],
    "steps without": [workflow({ templates: [steps] }), "spec.parallelism", "(main).parallelism"],
  },
});

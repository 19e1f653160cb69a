// What policy workflow-pod-spec-patch lets pass, and what violates it.
import { step, workflow } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { podSpecPatch } from "./pod-spec-patch.ts";

table(podSpecPatch, {
  passes: { "no patch": workflow() },
  violates: {
    "of the workflow": [workflow({ podSpecPatch: "{}" }), "spec.podSpecPatch"],
    "of a template": [workflow({ templates: [step({ podSpecPatch: "{}" })] }), "templates[0] (step).podSpecPatch"],
    "of every template": [workflow({ templateDefaults: { podSpecPatch: "{}" } }), "spec.templateDefaults.podSpecPatch"],
    "of a task's own template": [
      workflow({ templates: [{ name: "all", dag: { tasks: [{ name: "a", inline: { podSpecPatch: "{}" } }] } }] }),
      "templates[0] (all).dag.tasks[0].inline.podSpecPatch",
    ],
    "of the pods that collect artifacts": [
      workflow({ artifactGC: { podSpecPatch: "{}" } }),
      "spec.artifactGC.podSpecPatch",
    ],
  },
});

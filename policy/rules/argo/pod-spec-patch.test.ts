import { step, workflow } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { podSpecPatch } from "./pod-spec-patch.ts";

table(podSpecPatch, {
  passes: { "no patch": workflow() },
  violates: {
    "of the workflow": [workflow({ podSpecPatch: "{}" }), "spec.podSpecPatch"],
    "of a template": [workflow({ templates: [step({ podSpecPatch: "{}" })] }), "templates[0] (step).podSpecPatch"],
    "the node's network": [workflow({ hostNetwork: true }), "spec.hostNetwork"],
  },
  // What a patch was for, only its author knows.
  unfixable: ["of the workflow", "of a template"],
});

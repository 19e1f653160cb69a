// What policy workflow-deadlines lets pass, and what violates it.
import { step, workflow } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { deadlines } from "./deadlines.ts";

const without = step({ activeDeadlineSeconds: undefined });

table(deadlines, {
  passes: {
    "a step's own": workflow(),
    "that of all": workflow({ templates: [without], templateDefaults: { activeDeadlineSeconds: 60 } }),
    "a gate with an end": workflow({ templates: [{ name: "gate", suspend: { duration: "30m" } }] }),
  },
  violates: {
    none: [workflow({ templates: [without] }), "templates[0] (step).activeDeadlineSeconds"],
    "a deadline of the whole is not a step's": [
      workflow({ activeDeadlineSeconds: 60, templates: [without] }),
      "the step may run without end",
    ],
    "a gate without end": [workflow({ templates: [{ name: "gate", suspend: {} }] }), "(gate).suspend.duration"],
  },
});

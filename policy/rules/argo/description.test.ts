// What policy workflow-description lets pass, and what violates it.
import { workflow } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { description } from "./description.ts";

const annotations = { "workflows.argoproj.io/description": "Reads pages." };

table(description, {
  passes: {
    described: workflow({ arguments: { parameters: [{ name: "a", description: "Letter" }] } }, { annotations }),
    "a run": { ...workflow(), kind: "Workflow" },
  },
  violates: {
    nothing: [workflow(), 'metadata.annotations["workflows.argoproj.io/description"]'],
    "a parameter": [
      workflow({ arguments: { parameters: [{ name: "a" }] } }, { annotations }),
      "parameters[0] (a).description",
    ],
  },
});

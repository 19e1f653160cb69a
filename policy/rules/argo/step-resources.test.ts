import { step, workflow } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { stepResources } from "./step-resources.ts";

table(stepResources, {
  passes: { "a step with both": workflow() },
  violates: {
    none: [workflow({ templates: [step({}, { resources: {} })] }), "requests.cpu", "requests.memory", "limits.memory"],
    "a sidecar's": [
      workflow({ templates: [step({ sidecars: [{ name: "s", resources: { requests: { cpu: 1, memory: 1 } } }] })] }),
      "sidecars[0] (s).resources.limits.memory",
    ],
    "a script's": [
      workflow({ templates: [{ name: "s", script: { resources: { requests: { cpu: 1, memory: 1 } } } }] }),
      "templates[0] (s).script.resources.limits.memory",
    ],
  },
});

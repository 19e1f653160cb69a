import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { resources } from "./resources.ts";

table(resources, {
  passes: { "what it needs and may take": deployment() },
  violates: {
    nothing: [deployment({}, { resources: {} }), "requests.cpu", "requests.memory", "limits.memory"],
    "a limit of zero": [
      deployment({}, { resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "0Mi" } } }),
      "limits.memory",
    ],
    "no limit": [deployment({}, { resources: { requests: { cpu: "1", memory: "1Gi" } } }), "limits.memory"],
  },
});

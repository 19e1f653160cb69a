// What policy resources lets pass, and what violates it.
import { deployment, object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { resources } from "./resources.ts";

const size = { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } };
const run = (more: object, step: object = {}) =>
  object(
    "TaskRun",
    { spec: { taskSpec: { steps: [{ name: "a", image: "a:1.2", securityContext: {}, ...step }] }, ...more } },
    "tekton.dev/v1",
  );

table(resources, {
  passes: {
    "what it needs and may take": deployment(),
    "what the pod needs and may take": deployment({ resources: size }, { resources: {} }),
    "a part of each": deployment({ resources: { limits: size.limits } }, { resources: { requests: size.requests } }),
    "what a step needs": run({}, { computeResources: size }),
    "what a run says that its steps need": run({ computeResources: size }),
    "what a run says that one step needs": run({ stepSpecs: [{ name: "a", computeResources: size }] }),
  },
  violates: {
    nothing: [deployment({}, { resources: {} }), "requests.cpu", "requests.memory", "limits.memory"],
    "nothing of a step": [run({}), "(a).computeResources.requests.cpu", "requests.memory", "limits.memory"],
    "a limit of zero": [
      deployment({}, { resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "0Mi" } } }),
      "limits.memory",
    ],
    "no limit": [deployment({}, { resources: { requests: { cpu: "1", memory: "1Gi" } } }), "limits.memory"],
  },
});

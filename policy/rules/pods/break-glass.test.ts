// What policy break-glass lets pass, and what violates it.
import { deployment, object, pod } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { breakGlass } from "./break-glass.ts";

const label = { "image-policy.k8s.io/break-glass": "true" };

table(breakGlass, {
  passes: { "nothing said": deployment() },
  violates: {
    "a Deployment's pods": [
      object("Deployment", { spec: { template: { metadata: { labels: label }, spec: pod() } } }),
      'spec.template.metadata.labels["image-policy.k8s.io/break-glass"]',
    ],
    "a pod": [object("Pod", { metadata: { name: "one", labels: label }, spec: pod() }), "metadata.labels"],
    "a pod with the former annotation": [
      object("Pod", {
        metadata: { name: "one", annotations: { "alpha.image-policy.k8s.io/break-glass": "true" } },
        spec: pod(),
      }),
      "metadata.annotations",
    ],
  },
});

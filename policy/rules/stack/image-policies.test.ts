// What policy image-policies lets pass, and what violates it.
import { deployment, object, step, workflow } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { imagePolicies } from "./image-policies.ts";

const space = object("Namespace", { metadata: { name: "space", labels: { "policy.sigstore.dev/include": "true" } } });
const policy = (...globs: string[]) =>
  object("ClusterImagePolicy", { spec: { images: globs.map((glob) => ({ glob })) } }, "policy.sigstore.dev/v1beta1");
const own = "localhost/agentic-platform/agents:1.2";

table(imagePolicies, {
  passes: {
    "no policy controller": [space, deployment()],
    "a glob over folders": [space, deployment(), policy("localhost/agentic-platform/**")],
    "a glob in one folder": [space, deployment(), policy("localhost/agentic-platform/*")],
    everything: [space, deployment(), policy("**")],
    "Docker Hub's by its short name": [space, deployment({}, { image: "postgres:15" }), policy("postgres")],
    "where it doesn't look": [deployment(), policy("elsewhere/*")],
    "an image that a parameter names": [space, workflow(), policy("elsewhere/*")],
  },
  violates: {
    "an image of nobody's": [[space, deployment(), policy("ghcr.io/*")], `no ClusterImagePolicy covers '${own}'`],
    "a step's": [
      [space, workflow({ templates: [step({}, { image: own })] }), policy("quay.io/**")],
      "spec.templates[0] (step).container.image",
    ],
  },
});

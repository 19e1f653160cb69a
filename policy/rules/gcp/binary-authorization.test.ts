// What policy gke-binary-authorization lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { binaryAuthorization } from "./binary-authorization.ts";

const cluster = (evaluationMode?: string) =>
  gcp("container/cluster:Cluster", { binaryAuthorization: { evaluationMode } });

table(binaryAuthorization, {
  passes: { "the project's policy": cluster("PROJECT_SINGLETON_POLICY_ENFORCE") },
  violates: { off: [cluster("DISABLED"), "any image may start"], "nothing said": [cluster(), "any image may start"] },
});

// What policy deprecated-apis lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { deprecatedApis } from "./deprecated-apis.ts";

table(deprecatedApis, {
  passes: {
    "what is served": object("Deployment", {}, "apps/v1"),
    "another kind of the same version": object("ClusterTrustBundle", {}, "certificates.k8s.io/v1beta1"),
    "a group of somebody's own": object("Deployment", {}, "example.com/v1beta1"),
  },
  violates: {
    "a Deployment of old": [
      object("Deployment", {}, "extensions/v1beta1"),
      "apiVersion: Kubernetes 1.16 took extensions/v1beta1 away: use apps/v1",
    ],
    "an Ingress of old": [object("Ingress", {}, "extensions/v1beta1"), "use networking.k8s.io/v1"],
    "a budget of old": [object("PodDisruptionBudget", {}, "policy/v1beta1"), "use policy/v1"],
    "one in a list": [
      object("List", { items: [object("CronJob", {}, "batch/v1beta1")] }),
      "items[0].apiVersion: Kubernetes 1.25 took batch/v1beta1 away",
    ],
  },
});

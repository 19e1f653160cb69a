// What policy autoscaler-targets lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { autoscalerTargets } from "./autoscaler-targets.ts";

const autoscaler = (kind: string, name: string) =>
  object("HorizontalPodAutoscaler", { spec: { scaleTargetRef: { kind, name } } }, "autoscaling/v2");
const web = object("Deployment", { metadata: { name: "web", namespace: "space" } }, "apps/v1");
const shop = object("StatefulSet", { metadata: { name: "shop", namespace: "space" } }, "apps/v1");
const elsewhere = object("Deployment", { metadata: { name: "web", namespace: "other" } }, "apps/v1");

table(autoscalerTargets, {
  passes: {
    "a Deployment of the namespace": [autoscaler("Deployment", "web"), web],
    "a StatefulSet of the namespace": [autoscaler("StatefulSet", "shop"), shop],
  },
  violates: {
    "no such name": [[autoscaler("Deployment", "shop"), web], "Deployment shop is not in the stack"],
    "another kind": [[autoscaler("StatefulSet", "web"), web], "StatefulSet web is not in the stack"],
    "another namespace": [[autoscaler("Deployment", "web"), elsewhere], "Deployment web is not in the stack"],
  },
});

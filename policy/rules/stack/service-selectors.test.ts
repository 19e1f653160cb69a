// What policy service-selectors lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { serviceSelectors } from "./service-selectors.ts";

const labels = { app: "a" };
const deployment = object("Deployment", { spec: { template: { metadata: { labels } } } }, "apps/v1");
const events = "argoproj.io/v1alpha1";
const service = (selector?: object) => object("Service", { spec: { selector } });

const certManager = (namespace: string) => ({
  type: "kubernetes-cert-manager:index:CertManager",
  props: { helmOptions: { namespace } },
});

table(serviceSelectors, {
  passes: {
    "pods that are there": [deployment, service(labels)],
    "a pod by itself": [object("Pod", { metadata: { name: "p", namespace: "space", labels } }), service(labels)],
    "pods of Argo Events": [
      object("EventSource", { spec: { template: { metadata: { labels } } } }, events),
      service(labels),
    ],
    "pods of a bus": [object("EventBus", { spec: { jetstream: { metadata: { labels } } } }, events), service(labels)],
    "pods with other labels": [
      object("Deployment", { spec: { template: { metadata: { labels: { app: "b" } } } } }, "apps/v1"),
      service({ app: "b" }),
    ],
    // stackrox/kube-linter#465 and #669
    "one pod of a set": [deployment, service({ ...labels, "statefulset.kubernetes.io/pod-name": "a-0" })],
    "pods in the namespace default, by a Service that names none": [
      { ...deployment, metadata: { name: "a", namespace: "default" } },
      { ...service(labels), metadata: { name: "a" } },
    ],
    "addresses by hand": [service()],
    "pods that a chart may bring into the namespace": [certManager("space"), service(labels)],
  },
  violates: {
    "pods that aren't": [[deployment, service({ app: "b" })], "Service space/one: its selector matches no pod"],
    "pods of a chart that is elsewhere": [
      [certManager("elsewhere"), service(labels)],
      "Service space/one: its selector matches no pod",
    ],
  },
});

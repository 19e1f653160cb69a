// A Service leads to pods that are there.
import { objectsOf, selects } from "../../kinds/stack.ts";
import { stackRule } from "../../rule.ts";
import { at, fields } from "../../values.ts";

/** Kinds with a pod template; the last three have theirs from Argo Events' controller. */
const holders = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "EventSource", "Sensor", "EventBus"];
/** Where the pods' metadata are in kinds without `spec.template`. */
const paths: Readonly<Record<string, readonly string[]>> = { Pod: [], EventBus: ["spec", "jetstream"] };

export const serviceSelectors = stackRule(
  "stack",
  {
    name: "service-selectors",
    severity: "medium",
    level: "advisory",
    description: "Each Service with a selector leads to pods that the stack makes.",
    remedy: "Give the Service the labels of the pod template in its own namespace.",
  },
  (resources, report) => {
    const pods = objectsOf(resources, ...holders, "Pod").map(({ object, kind }) => ({
      namespace: object.metadata?.namespace,
      labels: fields(at(object, ...(paths[kind] ?? ["spec", "template"]), "metadata", "labels")),
    }));
    for (const { object, urn } of objectsOf(resources, "Service")) {
      const matchLabels = fields(at(object, "spec", "selector"));
      const { namespace, name } = object.metadata ?? {};
      if (Object.keys(matchLabels).length === 0) continue;
      if (!pods.some((pod) => pod.namespace === namespace && selects({ matchLabels }, pod.labels)))
        report([`Service ${namespace}/${name}`, "its selector finds no pod of the stack", "use its pods' labels"], urn);
    }
  },
);

import { deployment, everyHolder } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { hostNamespaces } from "./host-namespaces.ts";

const path = "spec.template.spec.hostNetwork: the pod shares the node's";

table(hostNamespaces, {
  passes: { "pods with namespaces of their own, whatever makes them": everyHolder() },
  violates: {
    "the node's network, in whatever makes the pod": [
      everyHolder({ hostNetwork: true }),
      "spec.hostNetwork",
      path,
      path,
      path,
      path,
      path,
      "spec.jobTemplate.spec.template.spec.hostNetwork",
    ],
    "the node's processes and memory": [deployment({ hostPID: true, hostIPC: true }), "hostPID", "hostIPC"],
  },
});

// What policy host-namespaces lets pass, and what violates it.
import { deployment, workflow } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { hostNamespaces } from "./host-namespaces.ts";

table(hostNamespaces, {
  passes: { "a pod with namespaces of its own": deployment(), "pods of a workflow": workflow() },
  violates: {
    "the node's network": [
      deployment({ hostNetwork: true }),
      "spec.template.spec.hostNetwork: the pod shares the node's",
    ],
    "the node's processes and memory": [deployment({ hostPID: true, hostIPC: true }), "hostPID", "hostIPC"],
    "the node's network for all pods of a workflow": [workflow({ hostNetwork: true }), "spec.hostNetwork"],
  },
});

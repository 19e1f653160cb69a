// Pods see their own processes and network, not the node's.
import { podRule } from "../../kinds/pods.ts";

export const hostNamespaces = podRule(
  {
    name: "host-namespaces",
    severity: "critical",
    description: "Pods share neither network, nor processes, nor memory with their node.",
    remedy: "Leave hostNetwork, hostPID and hostIPC out.",
  },
  ({ spec, path }, report) => {
    for (const name of ["hostNetwork", "hostPID", "hostIPC"])
      if (spec[name] === true) report(`${path}.${name}`, "the pod shares the node's", "leave it out");
  },
);

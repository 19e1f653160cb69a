// Pods must not share their node's namespaces.
import { nodeNamespaces } from "../../kinds/pod.ts";
import { podRule } from "../../kinds/pods.ts";
import { changed, each } from "../../unknown.ts";
import { isOn } from "../../values.ts";

export const hostNamespaces = podRule({
  name: "host-namespaces",
  severity: "critical",
  description: "Pods share neither network, nor processes, nor memory with their node.",
  remedy: "Leave hostNetwork, hostPID and hostIPC out.",
  check: ({ spec, path }, report) =>
    each(nodeNamespaces, (name) => {
      if (isOn(spec[name])) report(`${path}.${name}`, "the pod shares the node's", "leave it out");
    }),
  fix: ({ spec }) =>
    changed(nodeNamespaces, (name) => {
      if (!isOn(spec[name])) return false;
      spec[name] = false;
      return true;
    }),
});

// PersistentVolumes must not be directories of a node.
import { objectRule } from "../../kinds/nested.ts";
import { at } from "../../values.ts";

export const volumeHosts = objectRule({
  name: "volume-hosts",
  area: "data",
  kinds: ["PersistentVolume"],
  severity: "critical",
  description: "No PersistentVolume is a directory of a node, which any pod with a claim on it would reach.",
  remedy: "Use a storage class with a driver, or a local volume of a disk that is kept for it.",
  check: (volume, report) => {
    const hostPath = at(volume, "spec", "hostPath");
    if (hostPath !== undefined && hostPath !== null)
      report("spec.hostPath", "a claim reaches into the node, past Pod Security", "use a driver or a local volume");
  },
});

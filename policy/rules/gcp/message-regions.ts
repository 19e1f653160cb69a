// Topics must name the regions that may store their messages.
import { block, gcpRule } from "../../kinds/gcp.ts";
import { texts } from "../../values.ts";

export const messageRegions = gcpRule({
  name: "pubsub-regions",
  types: ["gcp:pubsub/topic:Topic"],
  severity: "low",
  description: "Topics name the regions that may keep their messages.",
  remedy: "Set messageStoragePolicy.allowedPersistenceRegions, with enforceInTransit.",
  check: (props, report) => {
    if (texts(block(props.messageStoragePolicy).allowedPersistenceRegions).length === 0)
      report("messageStoragePolicy.allowedPersistenceRegions", "messages are kept in any region", "name the regions");
  },
});

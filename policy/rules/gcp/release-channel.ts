// Clusters must be upgraded by a release channel, in a maintenance window.
import { block, cluster, gcpRule } from "../../kinds/gcp.ts";
import { independently } from "../../unknown.ts";

export const releaseChannel = gcpRule({
  name: "gke-release-channel",
  types: [cluster],
  severity: "medium",
  description: "Clusters are in a release channel and are upgraded in a maintenance window.",
  remedy: "Set releaseChannel.channel to REGULAR or STABLE and a maintenancePolicy.",
  check: (props, report) =>
    independently(
      () => {
        const { channel } = block(props.releaseChannel);
        if (!["REGULAR", "STABLE", "EXTENDED"].includes(String(channel)))
          report("releaseChannel.channel", `${channel ?? "none"} brings no tested upgrades`, "set REGULAR or STABLE");
      },
      () => {
        if (Object.keys(block(props.maintenancePolicy)).length === 0)
          report("maintenancePolicy", "upgrades may come at any time", "set a window");
      },
    ),
});

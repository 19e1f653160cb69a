// Cloud NAT must log the connections that it refuses.
import { block, gcpRule } from "../../kinds/gcp.ts";
import { independently } from "../../unknown.ts";

export const natLogging = gcpRule({
  name: "nat-logging",
  types: ["gcp:compute/routerNat:RouterNat"],
  severity: "low",
  description: "Cloud NAT logs at least the connections that fail.",
  remedy: "Set logConfig to enable: true with filter ERRORS_ONLY or ALL.",
  check: (props, report) =>
    independently(
      () => {
        if (block(props.logConfig).enable !== true)
          report("logConfig.enable", "nobody sees that pods run out of ports", "set true");
      },
      () => {
        if (block(props.logConfig).filter === "TRANSLATIONS_ONLY")
          report("logConfig.filter", "TRANSLATIONS_ONLY leaves out failed connections", "set ERRORS_ONLY or ALL");
      },
    ),
});

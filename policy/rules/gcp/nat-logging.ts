// Cloud NAT must log the connections that it refuses.
import { block, gcpRule } from "../../kinds/gcp.ts";
import { apart } from "../../unknown.ts";

export const natLogging = gcpRule(
  ["gcp:compute/routerNat:RouterNat"],
  {
    name: "nat-logging",
    severity: "low",
    description: "Cloud NAT writes down at least the connections that it can't make.",
    remedy: "Set logConfig to enable: true with filter ERRORS_ONLY or ALL.",
  },
  (props, report) =>
    apart(
      () => {
        if (block(props.logConfig).enable !== true)
          report("logConfig.enable", "nobody sees that pods run out of ports", "set true");
      },
      () => {
        if (block(props.logConfig).filter === "TRANSLATIONS_ONLY")
          report("logConfig.filter", "TRANSLATIONS_ONLY leaves out what fails", "set ERRORS_ONLY or ALL");
      },
    ),
);

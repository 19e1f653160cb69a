// Connections that the way out refuses can be found.
import { block, gcpRule } from "../../kinds/gcp.ts";

export const natLogging = gcpRule(
  ["gcp:compute/routerNat:RouterNat"],
  {
    name: "nat-logging",
    severity: "low",
    description: "Cloud NAT writes down at least the connections that it can't make.",
    remedy: "Set logConfig to enable: true with filter ERRORS_ONLY or ALL.",
  },
  (props, report) => {
    const { enable, filter } = block(props.logConfig);
    if (enable !== true) report("logConfig.enable", "nobody sees that pods run out of ports", "set true");
    else if (filter === "TRANSLATIONS_ONLY")
      report("logConfig.filter", "TRANSLATIONS_ONLY leaves out what fails", "set ERRORS_ONLY or ALL");
  },
);

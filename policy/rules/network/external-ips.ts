// Services must not claim external addresses or names.
import { objectRule } from "../../kinds/nested.ts";
import { independently } from "../../unknown.ts";
import { fields, isText } from "../../values.ts";

export const externalIps = objectRule({
  name: "external-ips",
  area: "network",
  kinds: ["Service"],
  severity: "high",
  description: "Services claim no external addresses and no external names (CVE-2020-8554).",
  remedy: "Leave externalIPs and externalName out.",
  check: ({ spec }, report) =>
    independently(
      () => {
        const { externalIPs } = fields(spec);
        if (Array.isArray(externalIPs) && externalIPs.length > 0)
          report("spec.externalIPs", "the Service takes over the traffic to these addresses", "leave them out");
      },
      () => {
        const { externalName } = fields(spec);
        if (isText(externalName))
          report(
            "spec.externalName",
            `its clients are sent to ${externalName}`,
            "let the clients use that name themselves",
          );
      },
    ),
});

// Nobody takes over others' addresses.
import { objectRule } from "../../kinds/objects.ts";
import { fields, isText, texts } from "../../values.ts";

export const externalIps = objectRule(
  "network",
  ["Service"],
  {
    name: "external-ips",
    severity: "high",
    description: "Services claim no external addresses and stand for no outside name (CVE-2020-8554).",
    remedy: "Leave externalIPs and externalName out.",
  },
  ({ spec }, report) => {
    const { externalIPs, externalName } = fields(spec);
    if (texts(externalIPs).length > 0)
      report("spec.externalIPs", "traffic for these addresses is taken over", "leave them out");
    if (isText(externalName))
      report("spec.externalName", `its clients are sent to ${externalName}`, "let them ask for that name themselves");
  },
);

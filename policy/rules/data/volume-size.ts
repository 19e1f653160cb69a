// Volume claims must have a size, up to a maximum.
import { quantity } from "@agentic/api/quantities.ts";
import { claimRule } from "../../kinds/claims.ts";
import { at } from "../../values.ts";

export const volumeSize = claimRule({
  name: "volume-size",
  severity: "medium",
  description: "Volume claims have a size, and none above maxSize.",
  remedy: "Set resources.requests.storage to what is needed, or raise maxSize in the policy's config.",
  settings: { maxSize: { type: "string", default: "100Gi", description: "The largest size that a claim may have." } },
  check: ({ path, spec }, report, { setting }) => {
    const maxSize = setting<string>("maxSize");
    const size = at(spec, "resources", "requests", "storage");
    const where = `${path}.resources.requests.storage`;
    if (Number.isNaN(quantity(size))) report(where, "missing", "set a size, such as 10Gi");
    else if (quantity(size) > quantity(maxSize))
      report(where, `${size} is more than ${maxSize}`, "ask for less, or raise maxSize in the policy's config");
  },
});

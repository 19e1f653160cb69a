// A key that leaks is old before long.
import { gcpRule } from "../../kinds/gcp.ts";
import { isText } from "../../values.ts";

export const keyRotation = gcpRule(
  ["gcp:kms/cryptoKey:CryptoKey"],
  {
    name: "kms-rotation",
    severity: "medium",
    description: "Keys are changed at least every 90 days; keys that sign are changed by hand.",
    remedy: "Set rotationPeriod to 7776000s or less.",
  },
  ({ purpose, rotationPeriod }, report) => {
    // Asymmetric keys can't be rotated by the service.
    if (purpose !== undefined && purpose !== "ENCRYPT_DECRYPT") return;
    const seconds = Number(isText(rotationPeriod) ? rotationPeriod.replace(/s$/, "") : Number.NaN);
    if (!(seconds <= 90 * 86_400))
      report("rotationPeriod", `${rotationPeriod ?? "never"} is too seldom`, "set 7776000s or less");
  },
);

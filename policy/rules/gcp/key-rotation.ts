// Keys must be rotated at least every 90 days.
import { gcpRule } from "../../kinds/gcp.ts";
import { allOf } from "../../unknown.ts";
import { isText } from "../../values.ts";

export const keyRotation = gcpRule({
  name: "kms-rotation",
  types: ["gcp:kms/cryptoKey:CryptoKey"],
  severity: "medium",
  description: "Keys are rotated at least every 90 days, except keys that sign, which are rotated by hand.",
  remedy: "Set rotationPeriod to 7776000s or less.",
  check: (props, report) => {
    // Asymmetric keys can't be rotated by the service.
    const isBad = allOf(
      () => props.purpose === undefined || props.purpose === "ENCRYPT_DECRYPT",
      () => !(secondsOf(props.rotationPeriod) <= 90 * 86_400),
    );
    if (isBad)
      report("rotationPeriod", `${props.rotationPeriod ?? "never"} is longer than 90 days`, "set 7776000s or less");
  },
});

const secondsOf = (period: unknown): number => Number(isText(period) ? period.replace(/s$/, "") : Number.NaN);

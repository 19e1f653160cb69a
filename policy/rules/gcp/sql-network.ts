// Databases must have a private address and accept only encrypted connections.
import { blockAt, gcpRule, sqlInstance } from "../../kinds/gcp.ts";
import { checkRanges } from "../../kinds/ranges.ts";
import { anyOf, independently, some } from "../../unknown.ts";
import { isText, items } from "../../values.ts";

const encrypted = new Set(["ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"]);

export const sqlNetwork = gcpRule({
  name: "sql-network",
  types: [sqlInstance],
  severity: "critical",
  description: "Cloud SQL has a private address only and takes encrypted connections only.",
  remedy:
    "Set settings.ipConfiguration to ipv4Enabled: false, privateNetwork or Private Service Connect, and sslMode: ENCRYPTED_ONLY.",
  check: (props, report) => {
    const ip = blockAt(props, "settings", "ipConfiguration");
    const path = "settings.ipConfiguration";
    independently(
      () => {
        if (ip.ipv4Enabled !== false) report(`${path}.ipv4Enabled`, "the database has a public address", "set false");
      },
      () => {
        const isInside = anyOf(
          () => isText(ip.privateNetwork),
          () => some(items(ip.pscConfigs), ({ pscEnabled }) => pscEnabled === true),
        );
        if (!isInside) report(`${path}.privateNetwork`, "missing", "name the VPC");
      },
      () => {
        if (!encrypted.has(String(ip.sslMode)))
          report(`${path}.sslMode`, "passwords may pass in clear", "set ENCRYPTED_ONLY");
      },
      () =>
        checkRanges(items(ip.authorizedNetworks), {
          rangeOf: ({ value }) => ({ cidr: String(value) }),
          pathOf: (_, i) => `${path}.authorizedNetworks[${i}]`,
          ...{ path: `${path}.authorizedNetworks`, right: "leave it out", report },
        }),
    );
  },
});

// The database is reached from inside, encrypted.
import { block, gcpRule, sqlInstance } from "../../kinds/gcp.ts";
import { isText, items } from "../../values.ts";

const encrypted = new Set(["ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"]);

export const sqlNetwork = gcpRule(
  [sqlInstance],
  {
    name: "sql-network",
    severity: "critical",
    description: "Cloud SQL has a private address only and takes encrypted connections only.",
    remedy:
      "Set settings.ipConfiguration to ipv4Enabled: false, privateNetwork or Private Service Connect, and sslMode: ENCRYPTED_ONLY.",
  },
  (props, report) => {
    const ip = block(block(props.settings).ipConfiguration);
    const path = "settings.ipConfiguration";
    if (ip.ipv4Enabled !== false) report(`${path}.ipv4Enabled`, "the database has a public address", "set false");
    const psc = items(ip.pscConfigs).some(({ pscEnabled }) => pscEnabled === true);
    if (!isText(ip.privateNetwork) && !psc) report(`${path}.privateNetwork`, "missing", "name the VPC");
    if (!encrypted.has(String(ip.sslMode)))
      report(`${path}.sslMode`, "passwords may pass in clear", "set ENCRYPTED_ONLY");
    for (const [i, { value }] of items(ip.authorizedNetworks).entries())
      if (value === "0.0.0.0/0")
        report(`${path}.authorizedNetworks[${i}]`, "0.0.0.0/0 is the whole internet", "leave it out");
  },
);

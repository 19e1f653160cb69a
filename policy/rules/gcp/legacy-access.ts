// The ways in of old are closed.
import { block, cluster, gcpRule } from "../../kinds/gcp.ts";
import { at } from "../../values.ts";

export const legacyAccess = gcpRule(
  [cluster],
  {
    name: "gke-legacy-access",
    severity: "critical",
    description: "No client certificates, no ABAC: people and programs come by IAM and RBAC.",
    remedy: "Leave enableLegacyAbac out and set masterAuth.clientCertificateConfig.issueClientCertificate to false.",
  },
  (props, report) => {
    if (props.enableLegacyAbac === true)
      report("enableLegacyAbac", "it gives rights that RBAC doesn't know of", "leave it out");
    const auth = block(props.masterAuth);
    if (at(block(auth.clientCertificateConfig), "issueClientCertificate") === true)
      report(
        "masterAuth.clientCertificateConfig.issueClientCertificate",
        "a certificate can't be taken back",
        "set false",
      );
    for (const name of ["username", "password"])
      if (auth[name]) report(`masterAuth.${name}`, "a password opens the cluster", "leave it out");
  },
);

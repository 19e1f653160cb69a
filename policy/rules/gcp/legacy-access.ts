// Clusters must not allow legacy authentication: client certificates, passwords or ABAC.
import { block, blockAt, cluster, gcpRule } from "../../kinds/gcp.ts";
import { apart, each } from "../../unknown.ts";

export const legacyAccess = gcpRule(
  [cluster],
  {
    name: "gke-legacy-access",
    severity: "critical",
    description: "No client certificates, no ABAC: people and programs come by IAM and RBAC.",
    remedy: "Leave enableLegacyAbac out and set masterAuth.clientCertificateConfig.issueClientCertificate to false.",
  },
  (props, report) =>
    apart(
      () => {
        if (props.enableLegacyAbac === true)
          report("enableLegacyAbac", "it gives rights that RBAC doesn't know of", "leave it out");
      },
      () => {
        if (blockAt(props, "masterAuth", "clientCertificateConfig").issueClientCertificate === true)
          report(
            "masterAuth.clientCertificateConfig.issueClientCertificate",
            "a certificate can't be taken back",
            "set false",
          );
      },
      () =>
        each(["username", "password"], (name) => {
          if (block(props.masterAuth)[name])
            report(`masterAuth.${name}`, "a password opens the cluster", "leave it out");
        }),
    ),
);

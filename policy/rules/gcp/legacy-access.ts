// Clusters must not allow legacy authentication: client certificates, passwords or ABAC.
import { block, blockAt, cluster, gcpRule } from "../../kinds/gcp.ts";
import { each, independently } from "../../unknown.ts";

export const legacyAccess = gcpRule({
  name: "gke-legacy-access",
  types: [cluster],
  severity: "critical",
  description: "Clusters accept no client certificates, passwords or ABAC, only IAM and RBAC.",
  remedy: "Leave enableLegacyAbac out and set masterAuth.clientCertificateConfig.issueClientCertificate to false.",
  check: (props, report) =>
    independently(
      () => {
        if (props.enableLegacyAbac === true)
          report("enableLegacyAbac", "it grants rights outside of RBAC", "leave it out");
      },
      () => {
        if (blockAt(props, "masterAuth", "clientCertificateConfig").issueClientCertificate === true)
          report(
            "masterAuth.clientCertificateConfig.issueClientCertificate",
            "a client certificate can't be revoked",
            "set false",
          );
      },
      () =>
        each(["username", "password"], (name) => {
          if (block(props.masterAuth)[name])
            report(`masterAuth.${name}`, "the cluster accepts a password", "leave it out");
        }),
    ),
});

// What policy gke-legacy-access lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { legacyAccess } from "./legacy-access.ts";

const cluster = (props: object) => gcp("container/cluster:Cluster", { ...props });

table(legacyAccess, {
  passes: {
    "nothing said": cluster({}),
    "no certificate": cluster({ masterAuth: { clientCertificateConfig: { issueClientCertificate: false } } }),
  },
  violates: {
    ABAC: [cluster({ enableLegacyAbac: true }), "enableLegacyAbac"],
    "a certificate": [
      cluster({ masterAuth: { clientCertificateConfig: { issueClientCertificate: true } } }),
      "issueClientCertificate",
    ],
    "a password": [
      cluster({ masterAuth: { username: "a", password: "b" } }),
      "masterAuth.username",
      "masterAuth.password",
    ],
  },
});

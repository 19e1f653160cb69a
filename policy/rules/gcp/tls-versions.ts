// Load balancers must require TLS 1.2 or newer with modern ciphers.
import { gcpRule } from "../../kinds/gcp.ts";
import { independently } from "../../unknown.ts";

const recent = new Set(["TLS_1_2", "TLS_1_3"]);
const profiles = new Set(["MODERN", "RESTRICTED", "FIPS_202205"]);

export const tlsVersions = gcpRule({
  name: "tls-versions",
  types: ["gcp:compute/sSLPolicy:SSLPolicy", "gcp:compute/regionSslPolicy:RegionSslPolicy"],
  severity: "medium",
  description: "Load balancers take TLS 1.2 or newer, with modern ciphers.",
  remedy: "Set minTlsVersion to TLS_1_2 and profile to RESTRICTED.",
  check: (props, report) =>
    independently(
      () => {
        const { minTlsVersion } = props;
        if (!recent.has(String(minTlsVersion)))
          report("minTlsVersion", `${minTlsVersion ?? "TLS_1_0"} can be broken`, "set TLS_1_2");
      },
      () => {
        const { profile } = props;
        if (!profiles.has(String(profile)))
          report("profile", `${profile ?? "COMPATIBLE"} has weak ciphers`, "set RESTRICTED");
      },
    ),
});

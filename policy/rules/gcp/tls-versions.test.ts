// What policy tls-versions lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { tlsVersions } from "./tls-versions.ts";

const policy = (props: object) => gcp("compute/sSLPolicy:SSLPolicy", { ...props });

table(tlsVersions, {
  passes: { new: policy({ minTlsVersion: "TLS_1_2", profile: "RESTRICTED" }) },
  violates: {
    "Google's defaults": [policy({}), "TLS_1_0 can be broken", "COMPATIBLE has weak ciphers"],
    old: [policy({ minTlsVersion: "TLS_1_1", profile: "MODERN" }), "minTlsVersion"],
  },
});

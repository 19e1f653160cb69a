// What policy secret-manager lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { secrets } from "./secrets.ts";

const secret = (replication: object) => gcp("secretmanager/secret:Secret", { replication });
const key = { kmsKeyName: "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k" };

table(secrets, {
  passes: {
    "a region with a key": secret({
      userManaged: { replicas: [{ location: "europe-west1", customerManagedEncryption: key }] },
    }),
  },
  violates: {
    anywhere: [secret({ auto: { customerManagedEncryption: key } }), "Google chooses the regions"],
    "a region without": [
      secret({ userManaged: { replicas: [{ location: "europe-west1" }] } }),
      "replicas[0].customerManagedEncryption",
    ],
  },
});

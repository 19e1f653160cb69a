// What policy gke-database-encryption lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { databaseEncryption } from "./database-encryption.ts";

const cluster = (databaseEncryption?: object) => gcp("container/cluster:Cluster", { databaseEncryption });

table(databaseEncryption, {
  passes: { "a key": cluster({ state: "ENCRYPTED", keyName: "projects/p/locations/l/keyRings/r/cryptoKeys/k" }) },
  violates: { none: [cluster(), "databaseEncryption"], "no key": [cluster({ state: "ENCRYPTED" }), "keyName"] },
});

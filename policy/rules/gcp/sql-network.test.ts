// What policy sql-network lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { sqlNetwork } from "./sql-network.ts";

const good = { ipv4Enabled: false, privateNetwork: "projects/p/global/networks/n", sslMode: "ENCRYPTED_ONLY" };
const sql = (ipConfiguration: object) =>
  gcp("sql/databaseInstance:DatabaseInstance", { settings: { ipConfiguration } });

table(sqlNetwork, {
  passes: {
    "private and encrypted": sql(good),
    "by Private Service Connect": sql({ ...good, privateNetwork: undefined, pscConfigs: [{ pscEnabled: true }] }),
  },
  violates: {
    "nothing said": [sql({}), "ipv4Enabled", "privateNetwork", "sslMode"],
    "everybody, in parts": [
      sql({ ...good, authorizedNetworks: [{ value: "64.0.0.0/2" }, { value: "128.0.0.0/2" }] }),
      "authorizedNetworks: its ranges together",
    ],
    everybody: [sql({ ...good, authorizedNetworks: [{ value: "0.0.0.0/0" }] }), "authorizedNetworks[0]"],
  },
});

// What policy external-ips lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { externalIps } from "./external-ips.ts";

table(externalIps, {
  passes: { "a Service like any other": object("Service", { spec: { externalIPs: [] } }) },
  violates: {
    "others' addresses": [object("Service", { spec: { externalIPs: ["192.0.2.1"] } }), "spec.externalIPs"],
    "another's name": [object("Service", { spec: { externalName: "example.com" } }), "sent to example.com"],
  },
});

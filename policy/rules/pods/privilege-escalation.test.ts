// What policy privilege-escalation lets pass, and what violates it.
import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { privilegeEscalation } from "./privilege-escalation.ts";

table(privilegeEscalation, {
  passes: {
    "privileges that stay": deployment(),
    "a pod for Windows, which may not say it": deployment({ os: { name: "windows" } }, { securityContext: {} }),
  },
  violates: {
    "privileges that may rise": [deployment({}, { securityContext: {} }), "allowPrivilegeEscalation"],
    "a pod that is expressly for Linux": [deployment({ os: { name: "linux" } }, { securityContext: {} }), "(main)"],
    "init containers too": [deployment({ initContainers: [{ name: "init" }] }), "initContainers[0] (init)"],
  },
});

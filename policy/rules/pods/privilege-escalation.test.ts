import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { privilegeEscalation } from "./privilege-escalation.ts";

table(privilegeEscalation, {
  passes: { "privileges that stay": deployment() },
  violates: {
    "privileges that may rise": [deployment({}, { securityContext: {} }), "allowPrivilegeEscalation"],
    "init containers too": [deployment({ initContainers: [{ name: "init" }] }), "initContainers[0] (init)"],
  },
});

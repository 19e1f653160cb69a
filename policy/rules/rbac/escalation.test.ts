import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { escalation } from "./escalation.ts";

const role = (...verbs: string[]) => object("ClusterRole", { rules: [{ resources: ["roles"], verbs }] });

table(escalation, {
  passes: { "reading roles": role("get", "list") },
  violates: { "raising oneself": [role("get", "escalate", "bind"), "escalate, bind raise privileges"] },
});

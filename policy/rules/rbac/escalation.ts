// Roles must not contain verbs that raise privileges.
import { roleRule } from "../../kinds/roles.ts";
import { gather } from "../../unknown.ts";
import { texts } from "../../values.ts";

const escalatingVerbs = new Set(["escalate", "bind", "impersonate"]);

export const escalation = roleRule(
  {
    name: "rbac-escalation",
    severity: "critical",
    description: "Roles have none of the verbs that raise privileges: escalate, bind, impersonate.",
    remedy: "Leave the verbs out; who must hand out rights gets a role that holds those rights itself.",
  },
  ({ rule, path }, report) => {
    const verbs = gather(texts(rule.verbs), (verb) => (escalatingVerbs.has(verb) ? [verb] : []));
    if (verbs.length > 0) report(`${path}.verbs`, `${verbs.join(", ")} raise privileges`, "leave them out");
  },
);

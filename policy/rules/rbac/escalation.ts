// Roles must not contain verbs that raise privileges.
import { given, type Right, roleRule } from "../../kinds/roles.ts";
import { gather } from "../../unknown.ts";
import { texts } from "../../values.ts";

const escalatingVerbs = new Set(["escalate", "bind", "impersonate"]);

/** What the verbs count for: every verb of one of these is one of them, too. */
const raised: readonly Right[] = [
  ...["roles", "clusterroles"].map((resource) => ({
    ...{ group: "rbac.authorization.k8s.io", resource },
    verbs: ["escalate", "bind"],
  })),
  ...["users", "groups", "serviceaccounts"].map((resource) => ({ group: "", resource, verbs: ["impersonate"] })),
  ...["uids", "userextras"].map((resource) => ({
    ...{ group: "authentication.k8s.io", resource },
    verbs: ["impersonate"],
  })),
];

export const escalation = roleRule(
  {
    name: "rbac-escalation",
    severity: "critical",
    description:
      "Roles have none of the verbs that raise privileges: escalate, bind, impersonate, or * where these count.",
    remedy: "Leave the verbs out; who must hand out rights gets a role that holds those rights itself.",
  },
  ({ rule, path }, report) => {
    const named = gather(texts(rule.verbs), (verb) => (escalatingVerbs.has(verb) ? [verb] : []));
    const every = gather(raised, (right) => (given(rule, right).includes("*") ? right.verbs : []));
    const verbs = [...named, ...(every.length > 0 ? [`* (${[...new Set(every)].join(", ")})`] : [])];
    if (verbs.length > 0) report(`${path}.verbs`, `${verbs.join(", ")} raise privileges`, "leave them out");
  },
);

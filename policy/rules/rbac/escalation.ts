// Roles must not contain verbs that raise privileges.
import { grantedVerbs, isNamed, type Right, roleRule } from "../../kinds/roles.ts";
import { allOf, every, gather, some } from "../../unknown.ts";
import { type Fields, texts } from "../../values.ts";

const escalatingVerbs = new Set(["escalate", "bind", "impersonate"]);

/** The resources on which these verbs raise privileges: on them `*` includes the verbs, too. */
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

/** Groups with the resources on which the API server looks for these verbs; others may have verbs of the same name for their own kinds. */
const raisedGroups = ["*", "", "rbac.authorization.k8s.io", "authentication.k8s.io"];
const isOfOwnKinds = ({ apiGroups }: Fields): boolean =>
  Array.isArray(apiGroups) && apiGroups.length > 0 && !some(texts(apiGroups), (group) => raisedGroups.includes(group));

/** Whether it binds Roles of a namespace that it names: their rights are known, and end at the namespace. */
const bindsNamedRoles = (rule: Fields): boolean =>
  allOf(
    () => isNamed(rule),
    () => every(texts(rule.resources), (resource) => resource === "roles"),
  );

export const escalation = roleRule({
  name: "rbac-escalation",
  severity: "critical",
  description:
    "Roles have none of the verbs that raise privileges: escalate, bind, impersonate, or * on the resources that these are for. Roles of a namespace that are named may be bound.",
  remedy: "Leave the verbs out; give an account that must grant rights a role with those rights.",
  check: ({ rule, path }, report) => {
    const named = isOfOwnKinds(rule)
      ? []
      : gather(texts(rule.verbs), (verb) =>
          escalatingVerbs.has(verb) && !(verb === "bind" && bindsNamedRoles(rule)) ? [verb] : [],
        );
    const every = gather(raised, (right) => (grantedVerbs(rule, right).includes("*") ? right.verbs : []));
    const verbs = [...named, ...(every.length > 0 ? [`* (${[...new Set(every)].join(", ")})`] : [])];
    if (verbs.length > 0) report(`${path}.verbs`, `${verbs.join(", ")} raise privileges`, "leave them out");
  },
});

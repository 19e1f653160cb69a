// Whoever approves at gates must be no program of the platform's and no pod of a workload.
import {
  AGENT_SERVICE_ACCOUNT,
  EXECUTOR_SERVICE_ACCOUNT,
  KUBERNETES_NAMESPACES,
  NAMESPACES,
} from "@agentic/api/names.ts";
import { MEMBER_ROLES, MEMBER_RULES, memberRoleName } from "@agentic/api/roles.ts";
import { bindingRule } from "../../kinds/roles.ts";
import { anyOf, each } from "../../unknown.ts";
import { fields } from "../../values.ts";

const approving = MEMBER_ROLES.filter((role) => MEMBER_RULES[role].some(({ verbs }) => verbs.includes("approve"))).map(
  memberRoleName,
);
const platform: readonly string[] = [...Object.values(NAMESPACES), ...KUBERNETES_NAMESPACES];
const pods: readonly string[] = [AGENT_SERVICE_ACCOUNT, EXECUTOR_SERVICE_ACCOUNT];

export const approvers = bindingRule({
  name: "rbac-approvers",
  severity: "high",
  description:
    "Roles that approve at gates are for nobody whom a gate is to hold: no account of the platform, none of agents' pods.",
  remedy: "Bind the people or the group that approves; tenants[].members of the stack's config does it.",
  check: ({ roleRef }, subjects, report) => {
    if (!approving.includes(String(fields(roleRef).name))) return;
    each(subjects, (subject, i) => {
      const user = /^system:serviceaccount:([^:]*):([^:]*)$/.exec(String(subject.name));
      const isAccount = subject.kind === "ServiceAccount";
      const account = String(isAccount ? subject.name : user?.[2]);
      const isOurs = anyOf(
        () => pods.includes(account),
        () => platform.includes(String(isAccount ? subject.namespace : user?.[1])),
      );
      if (isOurs)
        report(
          `subjects[${i}].name`,
          `${account} would approve what it runs itself`,
          "name people, or a group of them",
        );
    });
  },
});

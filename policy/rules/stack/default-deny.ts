// Every namespace must deny all traffic that is not explicitly allowed.
import { deniesAll } from "../../kinds/network-policies.ts";
import { objectsOf } from "../../kinds/stack.ts";
import { stackRule } from "../../rule.ts";
import { allOf, each, some, textOf } from "../../unknown.ts";
import { at } from "../../values.ts";

export const defaultDeny = stackRule({
  name: "default-deny",
  area: "stack",
  severity: "high",
  description: "Each namespace has a NetworkPolicy that denies all traffic in both directions.",
  remedy: "Add a NetworkPolicy with an empty podSelector, policyTypes [Ingress, Egress] and no rules.",
  check: (resources, report) => {
    const policies = objectsOf(resources, "NetworkPolicy");
    each(objectsOf(resources, "Namespace"), ({ object, urn }) => {
      const name = () => at(object, "metadata", "name");
      const isGuarded = some(policies, ({ object: policy }) =>
        allOf(
          () => deniesAll(policy),
          () => at(policy, "metadata", "namespace") === name(),
        ),
      );
      if (!isGuarded)
        report(
          [
            `namespace ${textOf(name)}`,
            "all traffic is allowed",
            "give it a NetworkPolicy with an empty podSelector, policyTypes [Ingress, Egress] and no rules, and allow needed traffic by others",
          ],
          urn,
        );
    });
  },
});

// Each namespace refuses all traffic but what is allowed by name.
import { deniesAll } from "../../kinds/network-policies.ts";
import { objectsOf } from "../../kinds/stack.ts";
import { stackRule } from "../../rule.ts";

export const defaultDeny = stackRule(
  "stack",
  {
    name: "default-deny",
    severity: "high",
    description: "Each namespace has a NetworkPolicy that denies all traffic in both directions.",
    remedy: "Add a NetworkPolicy with an empty podSelector, policyTypes [Ingress, Egress] and no rules.",
  },
  (resources, report) => {
    const policies = objectsOf(resources, "NetworkPolicy").filter(({ object }) => deniesAll(object));
    const guarded = new Set(policies.map(({ object }) => object.metadata?.namespace));
    for (const { object, urn } of objectsOf(resources, "Namespace"))
      if (!guarded.has(object.metadata?.name))
        report(
          [
            `namespace ${object.metadata?.name}`,
            "all traffic is let through",
            "give it a NetworkPolicy with an empty podSelector, policyTypes [Ingress, Egress] and no rules, and allow what is needed in others",
          ],
          urn,
        );
  },
);

// Each namespace refuses all traffic but what is allowed by name.
import type { StackValidationPolicy } from "@pulumi/policy";
import { fields, type KubeObject } from "../objects.ts";

/** Whether a policy selects every pod and allows nothing, in both directions. */
function deniesAll({ spec }: KubeObject): boolean {
  const { podSelector, policyTypes, ingress, egress } = fields(spec);
  const types = Array.isArray(policyTypes) ? policyTypes : [];
  const none = (rules: unknown) =>
    rules === undefined || rules === null || (Array.isArray(rules) && rules.length === 0);
  const everyPod = Object.keys(fields(podSelector)).length === 0;
  return everyPod && ["Ingress", "Egress"].every((type) => types.includes(type)) && none(ingress) && none(egress);
}

export const defaultDeny: StackValidationPolicy = {
  name: "default-deny",
  description: "Each namespace has a NetworkPolicy that denies all traffic in both directions.",
  validateStack({ resources }, report) {
    const objects = resources
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .map(({ props, urn }) => ({ object: props as KubeObject, urn }));
    const guarded = new Set(
      objects
        .filter(({ object }) => object.kind === "NetworkPolicy" && deniesAll(object))
        .map(({ object }) => object.metadata?.namespace),
    );
    for (const { object, urn } of objects)
      if (object.kind === "Namespace" && !guarded.has(object.metadata?.name))
        report(
          `namespace ${object.metadata?.name} lets all traffic through: give it a NetworkPolicy with an empty podSelector, ` +
            "policyTypes [Ingress, Egress] and no rules, and allow what is needed in others",
          urn,
        );
  },
};

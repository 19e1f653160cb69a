// Tenants' namespaces must have a ResourceQuota and a LimitRange.
import { LABELS } from "@agentic/api/names.ts";
import { objectsOf } from "../../kinds/stack.ts";
import { stackRule } from "../../rule.ts";
import { allOf, each, gather, some } from "../../unknown.ts";
import { at, type Fields, fields } from "../../values.ts";

const requiredQuotas = ["limits.cpu", "limits.memory", "pods"];

export const tenantQuotas = stackRule({
  name: "tenant-quotas",
  area: "stack",
  severity: "high",
  description: "Each tenant's namespace has a ResourceQuota for cpu, memory and pods, and a LimitRange with defaults.",
  remedy: "Add a ResourceQuota and a LimitRange to the namespace, or make it with the component Tenant.",
  check: (resources, report) => {
    const limits = objectsOf(resources, "ResourceQuota", "LimitRange");
    each(objectsOf(resources, "Namespace"), ({ object, urn }) => {
      const { name } = fields(object.metadata);
      if (!at(object, "metadata", "labels", LABELS.tenant)) return;
      const isLimited = (kind: string, by: (spec: Fields) => boolean) =>
        some(limits, (limit) =>
          allOf(
            () => limit.kind === kind && at(limit.object, "metadata", "namespace") === name,
            () => by(fields(limit.object.spec)),
          ),
        );
      const missing = gather(requiredQuotas, (quota) =>
        isLimited("ResourceQuota", (spec) => quota in fields(spec.hard)) ? [] : [quota],
      );
      if (missing.length > 0)
        report(
          [`namespace ${name}`, `no quota for ${missing.join(", ")}`, "add them to a ResourceQuota's spec.hard"],
          urn,
        );
      if (!isLimited("LimitRange", () => true))
        report([`namespace ${name}`, "its containers have no limits by default", "add a LimitRange"], urn);
    });
  },
});

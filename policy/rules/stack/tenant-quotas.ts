// No tenant takes the cluster from the others.
import { LABELS } from "@agentic/api/names.ts";
import { objectsOf } from "../../kinds/stack.ts";
import { stackRule } from "../../rule.ts";
import { at, fields } from "../../values.ts";

const wanted = ["limits.cpu", "limits.memory", "pods"];

export const tenantQuotas = stackRule(
  "stack",
  {
    name: "tenant-quotas",
    severity: "high",
    description:
      "Each tenant's namespace has a ResourceQuota for cpu, memory and pods, and a LimitRange with defaults.",
    remedy: "Add a ResourceQuota and a LimitRange to the namespace, or make it with the component Tenant.",
  },
  (resources, report) => {
    const limits = objectsOf(resources, "ResourceQuota", "LimitRange");
    for (const { object, urn } of objectsOf(resources, "Namespace")) {
      const name = object.metadata?.name;
      if (!object.metadata?.labels?.[LABELS.tenant]) continue;
      const here = limits.filter(({ object: one }) => one.metadata?.namespace === name);
      const hard = new Set(
        here.flatMap(({ kind, object: one }) =>
          kind === "ResourceQuota" ? Object.keys(fields(at(one, "spec", "hard"))) : [],
        ),
      );
      const missing = wanted.filter((one) => !hard.has(one));
      if (missing.length > 0)
        report(
          [`namespace ${name}`, `no quota for ${missing.join(", ")}`, "add them to a ResourceQuota's spec.hard"],
          urn,
        );
      if (!here.some(({ kind }) => kind === "LimitRange"))
        report([`namespace ${name}`, "its containers have no limits by default", "add a LimitRange"], urn);
    }
  },
);

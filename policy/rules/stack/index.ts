// Rules about all resources together.
import type { Rule } from "../../rule.ts";
import { autoscalerTargets } from "./autoscaler-targets.ts";
import { defaultDeny } from "./default-deny.ts";
import { disruptionBudgets } from "./disruption-budgets.ts";
import { exposedArmor } from "./exposed-armor.ts";
import { imagePolicies } from "./image-policies.ts";
import { serviceSelectors } from "./service-selectors.ts";
import { tenantQuotas } from "./tenant-quotas.ts";
import { uniqueHosts } from "./unique-hosts.ts";

export const stack: readonly Rule[] = [
  autoscalerTargets,
  defaultDeny,
  disruptionBudgets,
  exposedArmor,
  imagePolicies,
  serviceSelectors,
  tenantQuotas,
  uniqueHosts,
];

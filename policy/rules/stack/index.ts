// Rules about all resources together.
import type { Rule } from "../../rule.ts";
import { defaultDeny } from "./default-deny.ts";
import { disruptionBudgets } from "./disruption-budgets.ts";
import { exposedArmor } from "./exposed-armor.ts";
import { imagePolicies } from "./image-policies.ts";
import { serviceSelectors } from "./service-selectors.ts";
import { tenantQuotas } from "./tenant-quotas.ts";

export const stack: readonly Rule[] = [
  defaultDeny,
  disruptionBudgets,
  exposedArmor,
  imagePolicies,
  serviceSelectors,
  tenantQuotas,
];

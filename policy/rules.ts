// All rules of the pack, in the order in which the catalogue lists them.
import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { clusterAdmin } from "./rules/cluster-admin.ts";
import { defaultDeny } from "./rules/default-deny.ts";
import { exposedServices } from "./rules/exposed-services.ts";
import { imageTags } from "./rules/image-tags.ts";
import { ownerLabels } from "./rules/owner-labels.ts";
import { podSecurity } from "./rules/pod-security.ts";
import { probes } from "./rules/probes.ts";
import { rbacWildcards } from "./rules/rbac-wildcards.ts";
import { resourceLimits } from "./rules/resource-limits.ts";
import { secretsInClear } from "./rules/secrets-in-clear.ts";
import { serviceAccountTokens } from "./rules/service-account-tokens.ts";
import { volumeSizes } from "./rules/volume-sizes.ts";
import { workflowTemplates } from "./rules/workflow-templates.ts";

export const rules: (ResourceValidationPolicy | StackValidationPolicy)[] = [
  podSecurity,
  resourceLimits,
  probes,
  imageTags,
  serviceAccountTokens,
  secretsInClear,
  rbacWildcards,
  clusterAdmin,
  defaultDeny,
  exposedServices,
  ownerLabels,
  volumeSizes,
  workflowTemplates,
];

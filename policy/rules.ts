// All rules of the pack, in the order in which the catalogue lists them.
import type { Rule } from "./rule.ts";
import { argo } from "./rules/argo/index.ts";
import { cost } from "./rules/cost/index.ts";
import { data } from "./rules/data/index.ts";
import { gcp } from "./rules/gcp/index.ts";
import { network } from "./rules/network/index.ts";
import { pods } from "./rules/pods/index.ts";
import { rbac } from "./rules/rbac/index.ts";
import { secrets } from "./rules/secrets/index.ts";
import { stack } from "./rules/stack/index.ts";

export const rules: readonly Rule[] = [
  ...pods,
  ...rbac,
  ...network,
  ...secrets,
  ...argo,
  ...data,
  ...gcp,
  ...cost,
  ...stack,
];

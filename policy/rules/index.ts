// All rules of the pack, in the order in which the catalogue lists them.
import type { Rule } from "../rule.ts";
import { argo } from "./argo/index.ts";
import { cost } from "./cost/index.ts";
import { data } from "./data/index.ts";
import { gcp } from "./gcp/index.ts";
import { network } from "./network/index.ts";
import { objects } from "./objects/index.ts";
import { pods } from "./pods/index.ts";
import { rbac } from "./rbac/index.ts";
import { secrets } from "./secrets/index.ts";
import { stack } from "./stack/index.ts";

export const rules: readonly Rule[] = [
  ...pods,
  ...rbac,
  ...network,
  ...secrets,
  ...argo,
  ...data,
  ...gcp,
  ...cost,
  ...objects,
  ...stack,
];

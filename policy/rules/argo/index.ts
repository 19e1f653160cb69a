// Rules about Argo's workflows.
import type { Rule } from "../../rule.ts";
import { cleanUp } from "./clean-up.ts";
import { cronLimits } from "./cron-limits.ts";
import { cycles } from "./cycles.ts";
import { deadlines } from "./deadlines.ts";
import { description } from "./description.ts";
import { evaluation } from "./evaluation.ts";
import { ownership } from "./ownership.ts";
import { parallelism } from "./parallelism.ts";
import { podSpecPatch } from "./pod-spec-patch.ts";
import { retries } from "./retries.ts";
import { workflowAccount } from "./service-account.ts";

export const argo: readonly Rule[] = [
  cleanUp,
  cronLimits,
  cycles,
  deadlines,
  description,
  evaluation,
  ownership,
  parallelism,
  podSpecPatch,
  retries,
  workflowAccount,
];

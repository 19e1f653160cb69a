// What somebody may do in a tenant, and how much of a quota is used, in words and numbers.
import { quantity } from "@agentic/api/quantities.ts";
import type { TenantRights } from "../../contract.ts";

const VERBS = [
  ["see", "see workloads"],
  ["submit", "submit them"],
  ["change", "change and delete them"],
  ["approve", "answer at gates"],
] as const;

/** Such as `see workloads and answer at gates`. */
export function rightsWords(rights: TenantRights): string {
  const words = VERBS.flatMap(([right, verb]) => (rights[right] ? [verb] : []));
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : (words[0] ?? "do nothing");
}

/** How much of a limit is used, 0 to 1 or more; a limit of 0 is used up. */
export function shareOf({ used, hard }: { used: string; hard: string }): number {
  const limit = quantity(hard);
  return limit === 0 ? 1 : quantity(used) / limit;
}

// Which gate comes before and after another in the inbox.
import type { WorkloadRow } from "../../contract.ts";

interface Key {
  namespace: string;
  name: string;
}

/** The gates beside one; beside one that isn't among them any more is the first. */
export function neighbours(
  gates: readonly WorkloadRow[],
  { namespace, name }: Key,
): { previous: WorkloadRow | undefined; next: WorkloadRow | undefined } {
  const index = gates.findIndex((row) => row.namespace === namespace && row.name === name);
  if (index < 0) return { previous: undefined, next: gates[0] };
  return { previous: gates[index - 1], next: gates[index + 1] };
}

// How much of each of a tenant's limits is in use, the fullest first.
import type { JSX } from "preact";
import type { TenantView } from "../../contract.ts";
import { Meter } from "../parts/meter.tsx";
import { shareOf } from "./rights.ts";

export function QuotaMeters({ quota }: { quota: TenantView["quota"] }): JSX.Element {
  if (quota === null) return <p class="faint">There is none, or you may not read it.</p>;
  const limits = quota.map((limit) => ({ ...limit, share: shareOf(limit) }));
  limits.sort((one, other) => other.share - one.share || one.resource.localeCompare(other.resource));
  return (
    <ul class="meters">
      {limits.map(({ resource, used, hard, share }) => (
        <Meter key={resource} name={resource} words={`${used} of ${hard}`} share={share} />
      ))}
    </ul>
  );
}

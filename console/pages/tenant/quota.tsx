// How much of each of a tenant's limits is in use, the fullest first.
import type { JSX } from "preact";
import type { TenantView } from "../../contract.ts";
import { shareOf } from "./rights.ts";

/** From here on, a limit is close. */
const CLOSE = 0.8;

export function QuotaMeters({ quota }: { quota: TenantView["quota"] }): JSX.Element {
  if (quota === null) return <p class="faint">There is none, or you may not read it.</p>;
  const limits = quota.map((limit) => ({ ...limit, share: shareOf(limit) }));
  limits.sort((one, other) => other.share - one.share || one.resource.localeCompare(other.resource));
  return (
    <ul class="meters">
      {limits.map(({ resource, used, hard, share }) => (
        <li key={resource} class={share >= 1 ? "bad" : share >= CLOSE ? "wait" : "good"}>
          <span>{resource}</span>
          <span class="number">
            {used} of {hard}
            {share >= 1 ? ", used up" : share >= CLOSE ? ", close" : ""}
          </span>
          <span class="track" aria-hidden="true">
            <i style={{ width: `${Math.min(100, 100 * share)}%` }} />
          </span>
        </li>
      ))}
    </ul>
  );
}

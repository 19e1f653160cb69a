// A tenant's budget of the month for calls of models: what is used of it and what is left.
import type { JSX } from "preact";
import type { TenantView } from "../../contract.ts";
import { Meter } from "../parts/meter.tsx";

const NAMES = { amount: "Money", tokens: "Tokens", calls: "Calls" } as const;

export function BudgetMeters({ budget }: Pick<TenantView, "budget">): JSX.Element {
  if (budget === null)
    return <p class="faint">There is none beside those of single workloads, or you may not read it.</p>;
  const { month, currency, uses } = budget;
  const words = (count: string) => count.replace(/\B(?=(\d{3})+(?!\d))/g, " ");
  return (
    <>
      <p class="faint small">For calls of models in {month} (UTC), those under way among it.</p>
      <ul class="meters">
        {uses.map(({ limit, most, used, left, ratio }) => {
          const said = (count: string) => (limit === "amount" ? `${count} ${currency}` : words(count));
          const share = `${said(used)} of ${said(most)}, ${said(left)} left`;
          return <Meter key={limit} name={NAMES[limit]} words={share} share={ratio} />;
        })}
      </ul>
    </>
  );
}

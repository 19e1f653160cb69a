// What a workload has cost until now, by what it was for, and the tokens of its calls of models.
import type { AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import type { JSX } from "preact";
import { Empty } from "../parts/states.tsx";

export function CostTable({ cost }: { cost: AgentWorkloadStatus["cost"] }): JSX.Element {
  if (!cost) return <Empty title="Nothing is measured yet" />;
  const { currency, total, parts, tokens, modelCalls, prices, unpriced = [] } = cost;
  const number = (count: number) => count.toLocaleString();
  return (
    <div class="stack">
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">For</th>
            <th scope="col" class="number">
              {currency}
            </th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(parts).map(([part, amount]) => (
            <tr key={part}>
              <td>{part}</td>
              <td class="number">{amount}</td>
            </tr>
          ))}
          <tr>
            <td>
              <strong>Total</strong>
            </td>
            <td class="number">
              <strong>{total}</strong>
            </td>
          </tr>
        </tbody>
      </table>
      <dl class="facts">
        <dt>Tokens</dt>
        <dd>
          {number(tokens.input)} asked, {number(tokens.output)} answered, in {number(modelCalls)} calls of models
        </dd>
        <dt>Prices</dt>
        <dd>{prices}</dd>
        {unpriced.length > 0 && (
          <>
            <dt>Without a price</dt>
            <dd>{unpriced.join(", ")}</dd>
          </>
        )}
      </dl>
    </div>
  );
}

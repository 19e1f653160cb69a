// Who has answered and with what reason, and the digests of the evidence that answers are bound to.
import type { JSX } from "preact";
import type { GateView } from "../../contract.ts";
import { Icon } from "../parts/icon.tsx";
import { Moment } from "../parts/time.tsx";
import { Changed } from "./changes.tsx";
import { deciderWords } from "./decider.ts";

export function People({ gate }: { gate: GateView }): JSX.Element {
  const { answers, required, evidence, artifacts, decided, changes } = gate;
  const approvals = new Set(answers.filter(({ decision }) => decision === "approve").map(({ by }) => by)).size;
  const steps = Object.entries(evidence);
  return (
    <>
      <section class="panel" aria-labelledby="answers">
        <header>
          <h2 id="answers">Answers</h2>
          <span class="faint">
            {approvals} of {required} {required === 1 ? "approval" : "approvals by different people"}
          </span>
        </header>
        <div class="inside stack">
          {answers.length === 0 && !decided && <p class="faint">Nobody has answered yet.</p>}
          {answers.length > 0 && (
            <ul class="answers">
              {answers.map(({ decision, by, at, reason }) => (
                <li key={`${by} ${at}`} class={decision === "approve" ? "good" : "bad"}>
                  <p>
                    <Icon name={decision === "approve" ? "check" : "cross"} /> <strong>{by}</strong>{" "}
                    {decision === "approve" ? "approves" : "denies"}{" "}
                    <span class="faint small">
                      <Moment at={at} />
                    </span>
                  </p>
                  {reason && <p>{reason}</p>}
                </li>
              ))}
            </ul>
          )}
          {Object.keys(changes).length > 0 && (
            <>
              <p>
                Changed with the approval of{" "}
                {[...new Set(Object.values(changes).flatMap(({ by }) => by))].map(deciderWords).join(", ")}:
              </p>
              <Changed changes={Object.entries(changes).map(([name, { value }]) => [name, value] as const)} />
            </>
          )}
          {decided && (
            <p>
              Decided: <strong>{decided.decision === "approve" ? "approved" : "denied"}</strong> by{" "}
              {deciderWords(decided.by)}
              {decided.reason && `: ${decided.reason}`}
            </p>
          )}
        </div>
      </section>
      <details class="panel evidence">
        <summary>What answers are bound to: {steps.length === 1 ? "1 step" : `${steps.length} steps`}</summary>
        <div class="inside stack">
          {steps.length === 0 && <p class="faint">No step has written anything that an answer could be bound to.</p>}
          <dl class="stack">
            {steps.map(([step, digest]) => (
              <div key={step}>
                <dt>{step}</dt>
                <dd>
                  <code>{digest}</code>
                </dd>
              </div>
            ))}
          </dl>
          {artifacts.length > 0 && (
            <ul class="bullets">
              {artifacts.map(({ step, name, href }) => (
                <li key={href}>
                  <a href={href} target="_blank" rel="noopener">
                    {step}: {name}
                  </a>
                </li>
              ))}
            </ul>
          )}
        </div>
      </details>
    </>
  );
}

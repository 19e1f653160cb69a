// What the gate asks: the objective, what the analysis makes of it and why, what policy says, how much time there is.
import type { JSX } from "preact";
import type { GateView } from "../../contract.ts";
import { Age, Left } from "../parts/time.tsx";
import { deciderWords } from "./decider.ts";

interface Props {
  gate: GateView;
  /** Whether a used-up budget is the question. */
  isBudget: boolean;
}

export function GateSummary({ gate, isBudget }: Props): JSX.Element {
  const { objective, open, mode, confidence, reasons, since, expiresAt, cost, submittedBy, decided, policy } = gate;
  return (
    <section class="panel inside-panel stack" aria-label="What is asked">
      <p class={`notice ${open ? "wait" : (decided?.decision ?? "") === "approve" ? "good" : ""}`}>
        <span>{wordsOf(gate, isBudget)}</span>
        {open && expiresAt && <Left until={expiresAt} />}
      </p>
      <p class="objective">{objective}</p>
      <dl class="figures">
        {confidence !== undefined && (
          <div>
            <dt>Confidence</dt>
            <dd>
              <meter min={0} max={1} value={confidence} aria-hidden="true" /> {confidence.toFixed(2)}
            </dd>
          </div>
        )}
        {submittedBy && (
          <div>
            <dt>Submitted by</dt>
            <dd>{submittedBy}</dd>
          </div>
        )}
        {since && (
          <div>
            <dt>Waiting for</dt>
            <dd>
              <Age at={since} />
            </dd>
          </div>
        )}
        <div>
          <dt>Cost so far</dt>
          <dd>
            {cost ? `${cost.total} ${cost.currency}, ${cost.tokens.toLocaleString()} tokens` : "not measured yet"}
          </dd>
        </div>
        <div>
          <dt>Who decides</dt>
          <dd>{mode === "manual" ? "people, whatever the policy says" : "the policy, people where it asks"}</dd>
        </div>
      </dl>
      {policy && (
        <div>
          <h2>The policy would {policy.allow ? "approve" : "deny"} it</h2>
          <ul class="bullets">
            {policy.reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </div>
      )}
      {reasons.length > 0 && (
        <div>
          <h2>Why the analysis is as sure as that</h2>
          <ul class="bullets">
            {reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

/** The operator's own words name the annotation, for people with kubectl. */
function wordsOf({ open, mode, says, decided, required, answers }: GateView, isBudget: boolean): string {
  if (!open && decided)
    return `${decided.decision === "approve" ? "Approved" : "Denied"} by ${deciderWords(decided.by)}.`;
  if (!open || mode !== "manual" || isBudget) return says;
  if (required === 1) return "A person must approve before the report is written.";
  const approvals = new Set(answers.filter(({ decision }) => decision === "approve").map(({ by }) => by)).size;
  return `${required} different people must approve before the report is written; ${approvals} of them have.`;
}

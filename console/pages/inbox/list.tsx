// Gates in a list: what each asks, since when, how long it waits, what has been spent; the arrow keys go from one to the next.
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { PAGES, type WorkloadRow } from "../../contract.ts";
import { Age, Left } from "../parts/time.tsx";
import { tenantName } from "../state/session.ts";
import { targetOf } from "../workloads/keys.ts";

export function GateList({ rows, label }: { rows: readonly WorkloadRow[]; label: string }): JSX.Element {
  const element = useRef<HTMLOListElement>(null);
  const move = (event: KeyboardEvent) => {
    const links = [...(element.current?.querySelectorAll<HTMLElement>("a") ?? [])];
    const index = links.indexOf(event.target as HTMLElement);
    const target = index < 0 ? undefined : targetOf(event.key, index, links.length);
    if (target === undefined) return;
    event.preventDefault();
    links[target]?.focus();
  };
  return (
    <ol class="gates" ref={element} aria-label={label} onKeyDown={move}>
      {rows.map((row) => (
        <GateItem key={row.uid} row={row} />
      ))}
    </ol>
  );
}

function GateItem({ row }: { row: WorkloadRow }): JSX.Element {
  const { namespace, name, template, objective, submittedBy, gate, cost, confidence } = row;
  return (
    <li class="panel">
      <div class="about">
        <a href={PAGES.gate(namespace, name)}>{name}</a>
        <p class="faint small">
          {tenantName(namespace)} · {template}
          {submittedBy && ` · by ${submittedBy}`}
        </p>
        <p class="objective">{objective}</p>
        {gate?.question && (
          <p class="small">
            {gate.question.by} has asked, and nobody has replied yet: {gate.question.text}
          </p>
        )}
        {gate?.budget && <p class="urgent small">Its budget is used up: whether it may go on is the question.</p>}
      </div>
      <dl class="figures">
        {gate?.since && (
          <div>
            <dt>Waiting for</dt>
            <dd>
              <Age at={gate.since} />
            </dd>
          </div>
        )}
        <div>
          <dt>Time</dt>
          <dd>{gate?.expiresAt ? <Left until={gate.expiresAt} /> : "no limit while suspended"}</dd>
        </div>
        {gate && gate.required > 1 && (
          <div>
            <dt>Approved</dt>
            <dd>
              {gate.approvedBy.length} of {gate.required}
            </dd>
          </div>
        )}
        {confidence !== undefined && (
          <div>
            <dt>Confidence</dt>
            <dd>{confidence.toFixed(2)}</dd>
          </div>
        )}
        <div>
          <dt>Cost</dt>
          <dd>{cost ? `${cost.total} ${cost.currency}` : "not measured yet"}</dd>
        </div>
      </dl>
    </li>
  );
}

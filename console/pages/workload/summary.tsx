// What a workload is about, where it is, and its figures.
import type { JSX } from "preact";
import { PAGES, type WorkloadView } from "../../contract.ts";
import { Age, Left, Took } from "../parts/time.tsx";

export function Summary({ view: { row, workload } }: { view: WorkloadView }): JSX.Element {
  const { says, gate, objective, cost, confidence } = row;
  const changes = Object.entries(workload.status?.approval?.changes ?? {});
  const bad = row.phase === "Failed" || row.phase === "Denied";
  return (
    <section class="panel inside-panel stack" aria-label="Summary">
      {says && (
        <p class={`notice ${bad ? "bad" : row.phase === "AwaitingApproval" ? "wait" : ""}`}>
          <span>{says}</span>
          {gate?.expiresAt && <Left until={gate.expiresAt} />}
          {gate && <a href={PAGES.gate(row.namespace, row.name)}>See the evidence and answer</a>}
        </p>
      )}
      <p class="objective">{objective}</p>
      <dl class="figures">
        <Figure name="Submitted">
          <Age at={row.createdAt} suffix=" ago" />
          {row.submittedBy && ` by ${row.submittedBy}`}
        </Figure>
        {row.startedAt && (
          <Figure name="Takes">
            <Took from={row.startedAt} to={row.completedAt} />
          </Figure>
        )}
        <Figure name="Template">{row.template}</Figure>
        <Figure name="Pages">{row.pages}</Figure>
        {row.progress && (
          <Figure name="Steps">
            {row.progress.succeeded} of {row.progress.total}
          </Figure>
        )}
        {confidence !== undefined && <Figure name="Confidence">{confidence.toFixed(2)}</Figure>}
        {cost && (
          <Figure name="Cost">
            {cost.total} {cost.currency}, {cost.tokens.toLocaleString()} tokens
          </Figure>
        )}
        {row.model && <Figure name="Model">{row.model}</Figure>}
        {row.attempt > 0 && <Figure name="Run">{row.attempt + 1}</Figure>}
        {changes.map(([name, { value, by }]) => (
          <Figure key={name} name={`Changed: ${name}`}>
            {value} (by {by.join(", ")})
          </Figure>
        ))}
        <Figure name="Job">{workload.spec.jobId ?? row.name}</Figure>
      </dl>
    </section>
  );
}

const Figure = ({ name, children }: { name: string; children: unknown }): JSX.Element => (
  <div>
    <dt>{name}</dt>
    <dd>{children as JSX.Element}</dd>
  </div>
);

// One workload of the list: where it is, what it waits for in words, how far it has come.
import type { JSX } from "preact";
import { PAGES, type WorkloadRow } from "../../contract.ts";
import { PhaseBadge } from "../parts/phase.tsx";
import { Progress } from "../parts/progress.tsx";
import { Age, Left } from "../parts/time.tsx";
import { tenantName } from "../state/session.ts";

interface Props {
  row: WorkloadRow;
  /** Its place in the whole list, from 0. */
  index: number;
  /** Pixels of a row. */
  height: number;
  /** Whether its gate waits for this visitor. */
  yours: boolean;
}

export function Row({ row, index, height, yours }: Props): JSX.Element {
  const { namespace, name, template, phase, suspended, says, progress, createdAt, cost, gate } = row;
  return (
    <tr style={{ transform: `translateY(${index * height}px)` }} aria-rowindex={index + 2}>
      <td class="phase">
        <PhaseBadge phase={phase} suspended={suspended} />
      </td>
      <td class="name">
        <div class="truncate">
          <a href={PAGES.workload(namespace, name)} data-index={index}>
            {name}
          </a>
        </div>
        <div class="faint small truncate">
          {tenantName(namespace)} · {template}
        </div>
      </td>
      <td class="message">
        <div class="says" title={says}>
          {yours && <span class="yours">Waits for you. </span>}
          {gate?.expiresAt && (
            <>
              <Left until={gate.expiresAt} />.{" "}
            </>
          )}
          {says || row.objective}
        </div>
      </td>
      <td class="progress-cell">{progress && <Progress {...progress} />}</td>
      <td class="age number">
        <Age at={createdAt} />
      </td>
      <td class="cost number">{cost && `${cost.total} ${cost.currency}`}</td>
    </tr>
  );
}

// How many of a run's steps are done, as a bar and in figures.
import type { JSX } from "preact";

interface Props {
  total: number;
  succeeded: number;
  failed: number;
}

export function Progress({ total, succeeded, failed }: Props): JSX.Element {
  const share = (count: number) => ({ width: `${(100 * count) / Math.max(total, 1)}%` });
  return (
    <div class="progress" title={`${succeeded} of ${total} steps succeeded, ${failed} failed`}>
      <span class="track" aria-hidden="true">
        <i class="good" style={share(succeeded)} />
        <i class="bad" style={share(failed)} />
      </span>
      <span class="small">
        {succeeded}/{total}
        <span class="visually-hidden"> steps succeeded{failed > 0 ? `, ${failed} failed` : ""}</span>
      </span>
    </div>
  );
}

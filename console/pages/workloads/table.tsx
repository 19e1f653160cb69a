// The rows of the list: thousands of them, of which the page has only those on the screen; the arrow keys go through all.
import type { JSX } from "preact";
import { type WorkloadRow, waitsFor } from "../../contract.ts";
import { narrow } from "../parts/media.ts";
import { useWindowed } from "../parts/windowed.ts";
import { session } from "../state/session.ts";
import { targetOf } from "./keys.ts";
import { Row } from "./row.tsx";

/** Pixels, as in the style sheet. */
const ROW_HEIGHT = 52;
const NARROW_ROW_HEIGHT = 84;
export function WorkloadTable({ rows }: { rows: readonly WorkloadRow[] }): JSX.Element {
  const height = narrow.value ? NARROW_ROW_HEIGHT : ROW_HEIGHT;
  const { element, first, end } = useWindowed<HTMLTableSectionElement>(rows.length, height);
  const visitor = session.value;

  const move = (event: KeyboardEvent) => {
    const link = event.target as HTMLElement;
    const index = Number(link.dataset.index);
    const target = Number.isNaN(index) ? undefined : targetOf(event.key, index, rows.length);
    if (target === undefined || !element.current) return;
    event.preventDefault();
    const top = element.current.getBoundingClientRect().top + scrollY + target * height;
    // In the middle, where the bars at the screen's edges hide nothing.
    if (top - scrollY < 2 * height || top - scrollY > innerHeight - 3 * height) scrollTo(0, top - innerHeight / 2);
    const focus = () =>
      element.current?.querySelector<HTMLElement>(`[data-index="${target}"]`)?.focus({ preventScroll: true });
    // Where it isn't drawn yet, it is after the scrolling.
    requestAnimationFrame(() => requestAnimationFrame(focus));
  };

  return (
    <table class="workloads panel" aria-rowcount={rows.length + 1} aria-label="Workloads">
      <thead>
        <tr aria-rowindex={1}>
          <th scope="col">Phase</th>
          <th scope="col">Workload</th>
          <th scope="col">What it waits for, or became of it</th>
          <th scope="col" class="progress-cell">
            Steps
          </th>
          <th scope="col" class="number">
            Age
          </th>
          <th scope="col" class="cost number">
            Cost
          </th>
        </tr>
      </thead>
      <tbody ref={element} style={{ height: `${rows.length * height}px` }} onKeyDown={move}>
        {rows.slice(first, end).map((row, i) => (
          <Row
            key={row.uid}
            row={row}
            index={first + i}
            height={height}
            yours={visitor !== undefined && waitsFor(visitor, row)}
          />
        ))}
      </tbody>
    </table>
  );
}

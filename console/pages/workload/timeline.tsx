// When each attempt of each step ran, as bars under one another and in words.
import type { JSX } from "preact";
import type { RunNode } from "../../contract.ts";
import { toneOf } from "../parts/phase.tsx";
import { Empty } from "../parts/states.tsx";
import { Took } from "../parts/time.tsx";
import { now } from "../state/clock.ts";
import { stepsOf } from "./graph.ts";

/** Milliseconds of a node's start and end; one that runs ends now. */
function spanOfNode({ startedAt, finishedAt }: RunNode, present: number): [number, number] | undefined {
  if (!startedAt) return undefined;
  const start = Date.parse(startedAt);
  return [start, Math.max(finishedAt ? Date.parse(finishedAt) : present, start)];
}

/** Where a bar begins and how wide it is, in percent of the whole. */
export function barOf(
  [start, end]: [number, number],
  [first, last]: [number, number],
): { left: string; width: string } {
  const whole = Math.max(last - first, 1);
  return { left: `${(100 * (start - first)) / whole}%`, width: `${Math.max((100 * (end - start)) / whole, 0.4)}%` };
}

export function Timeline({ nodes }: { nodes: readonly RunNode[] }): JSX.Element {
  const attempts = stepsOf(nodes).flatMap((step) =>
    step.attempts.flatMap((node) => {
      const span = spanOfNode(node, now.value);
      return span ? [{ node, step, span }] : [];
    }),
  );
  if (attempts.length === 0) return <Empty title="No step has started yet" />;
  const whole: [number, number] = [
    Math.min(...attempts.map(({ span }) => span[0])),
    Math.max(...attempts.map(({ span }) => span[1])),
  ];
  return (
    <table class="plain timeline">
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col">Phase</th>
          <th scope="col" class="number">
            Took
          </th>
          <th scope="col" class="bars">
            When
          </th>
        </tr>
      </thead>
      <tbody>
        {attempts.map(({ node, step, span }) => (
          <tr key={node.id}>
            <th scope="row">{node.displayName}</th>
            <td>
              <span class={`tone-text ${toneOf(node.phase)}`}>{node.phase}</span>
              {node.message && <div class="small faint">{node.message}</div>}
            </td>
            <td class="number">{node.startedAt && <Took from={node.startedAt} to={node.finishedAt || undefined} />}</td>
            <td class="bars">
              <span
                class={`bar-of ${step.type === "Suspend" ? "wait" : toneOf(node.phase)}`}
                style={barOf(span, whole)}
                title={node.displayName}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

// The run as a picture, live: a box for each step with its phase, lines from each to the next; a step is chosen by click or key.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { RunNode } from "../../contract.ts";
import { Icon } from "../parts/icon.tsx";
import { narrow } from "../parts/media.ts";
import { nodeIcon, toneOf } from "../parts/phase.tsx";
import { Took } from "../parts/time.tsx";
import { type Graph, layOut, type PlacedStep, STEP_SIZE } from "./graph.ts";
import { usePanZoom } from "./pan-zoom.ts";

interface Props {
  nodes: readonly RunNode[];
  /** Name of the chosen step. */
  chosen: string | undefined;
  onChoose: (step: string) => void;
}

export function Dag({ nodes, chosen, onChoose }: Props): JSX.Element {
  const graph = useMemo(() => layOut(nodes, narrow.value ? "TB" : "LR"), [nodes, narrow.value]);
  const { frame, view, handlers, fit, zoomIn, zoomOut } = usePanZoom(graph);
  return (
    <section class="panel dag" aria-label="Steps of the run">
      <div ref={frame} class="frame" {...handlers}>
        <div class="picture" style={{ transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})` }}>
          <Lines graph={graph} />
          {graph.steps.map((step) => (
            <StepBox key={step.id} step={step} chosen={step.name === chosen} onChoose={onChoose} />
          ))}
        </div>
      </div>
      <div class="tools">
        <button type="button" class="icon-button" aria-label="Larger" title="Larger (+)" onClick={zoomIn}>
          <Icon name="plus" />
        </button>
        <button type="button" class="icon-button" aria-label="Smaller" title="Smaller (-)" onClick={zoomOut}>
          <Icon name="minus" />
        </button>
        <button type="button" class="icon-button" aria-label="Show all steps" title="Show all (0)" onClick={fit}>
          <Icon name="fit" />
        </button>
      </div>
    </section>
  );
}

const Lines = ({ graph: { width, height, edges } }: { graph: Graph }): JSX.Element => (
  <svg aria-hidden="true" width={width} height={height}>
    {edges.map(({ from, to, points }) => (
      <path key={`${from} ${to}`} d={points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${x} ${y}`).join(" ")} />
    ))}
  </svg>
);

interface BoxProps {
  step: PlacedStep;
  chosen: boolean;
  onChoose: (step: string) => void;
}

function StepBox({
  step: { name, phase, type, x, y, startedAt, finishedAt, attempts },
  chosen,
  onChoose,
}: BoxProps): JSX.Element {
  const waits = type === "Suspend" && phase === "Running";
  return (
    <button
      type="button"
      class={`step ${waits ? "wait" : toneOf(phase)}`}
      style={{ left: `${x}px`, top: `${y}px`, width: `${STEP_SIZE.width}px`, height: `${STEP_SIZE.height}px` }}
      aria-pressed={chosen}
      title={name}
      onClick={() => onChoose(name)}
    >
      <Icon name={waits ? "question" : nodeIcon(phase)} />
      <span class="words">
        <span class="truncate">{name}</span>
        <span class="small truncate">
          {waits ? "waits for an answer" : phase}
          {startedAt && (
            <>
              {" · "}
              <Took from={startedAt} to={finishedAt || undefined} />
            </>
          )}
          {attempts.length > 1 && ` · try ${attempts.length}`}
        </span>
      </span>
    </button>
  );
}

// The log of one attempt of a step, as it is written.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { LOG_SOURCE_HEADER, PATHS, type RunNode } from "../../contract.ts";
import { Empty, Problem } from "../parts/states.tsx";
import { request } from "../state/api.ts";
import { stepsOf } from "./graph.ts";
import { clockOf, type LogLine, parseLine, readLines } from "./log-lines.ts";

/** Lines that are shown; the beginning of a longer log is left out. */
const MAX_LINES = 2_000;

interface Props {
  namespace: string;
  name: string;
  nodes: readonly RunNode[];
  /** Name of the chosen step. */
  step: string | undefined;
}

export function Logs({ namespace, name, nodes, step }: Props): JSX.Element {
  const attempts = stepsOf(nodes).flatMap(({ name: of, attempts: tries }) =>
    tries.filter(({ pod }) => pod !== undefined).map((node) => ({ of, node })),
  );
  const [wish, setWish] = useState("");
  const chosen =
    attempts.find(({ node }) => node.id === wish) ?? attempts.findLast(({ of }) => of === step) ?? attempts.at(-1);
  useEffect(() => setWish(""), [step]);
  if (!chosen) return <Empty title="No step has a log yet" />;
  return (
    <div class="stack">
      <div class="row">
        <label for="log-of">Attempt</label>
        <select
          id="log-of"
          class="short"
          value={chosen.node.id}
          onChange={(event) => setWish(event.currentTarget.value)}
        >
          {attempts.map(({ node }) => (
            <option key={node.id} value={node.id}>
              {node.displayName}, {node.phase}
            </option>
          ))}
        </select>
      </div>
      <Log
        key={chosen.node.id}
        path={`${PATHS.logs(namespace, name)}?node=${encodeURIComponent(chosen.node.id)}&follow=true`}
      />
    </div>
  );
}

function Log({ path }: { path: string }): JSX.Element {
  const [lines, setLines] = useState<LogLine[]>([]);
  const [state, setState] = useState<{ error?: unknown; ended?: boolean; source?: string }>({});
  const box = useRef<HTMLElement>(null);

  useEffect(() => {
    const abort = new AbortController();
    let count = 0;
    const read = async () => {
      const response = await request(path, { signal: abort.signal });
      setState({ source: response.headers.get(LOG_SOURCE_HEADER) ?? "" });
      if (response.body)
        await readLines(response.body, (some) => {
          const parsed = some.map((line) => parseLine(line, count++));
          setLines((before) => [...before, ...parsed].slice(-MAX_LINES));
        });
      setState((before) => ({ ...before, ended: true }));
    };
    read().catch((error: unknown) => {
      if (!abort.signal.aborted) setState({ error });
    });
    return () => abort.abort();
  }, [path]);

  // Whoever looks at the end goes on seeing it; whoever has scrolled up reads in peace.
  useEffect(() => {
    const { current } = box;
    if (!current) return;
    // The keys scroll what has the focus.
    current.tabIndex = 0;
    if (current.scrollHeight - current.scrollTop - current.clientHeight < 120) current.scrollTop = current.scrollHeight;
  }, [lines]);

  if (state.error !== undefined) return <Problem error={state.error} />;
  return (
    <>
      <section class="log" ref={box} aria-label="Log">
        {lines.map(({ n, level, at, text, rest }) => (
          <div key={n} class={`line ${level}`}>
            <span class="faint">{clockOf(at)}</span>
            <span class="level">{level}</span>
            <span class="text">
              {text} {rest && <span class="faint">{rest}</span>}
            </span>
          </div>
        ))}
      </section>
      <p class="faint small" role="status">
        {state.ended
          ? `The end of the log${state.source === "archive" ? ", as it was archived" : ""}: ${lines.length} lines.`
          : "It goes on as the step writes it."}
      </p>
    </>
  );
}

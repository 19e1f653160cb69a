// The log of one attempt of a step, as it is written.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type KeptLog, LOG_SOURCE_HEADER, PATHS, type RunNode } from "../../contract.ts";
import { Empty, Loading, Problem } from "../parts/states.tsx";
import { exact } from "../parts/time.tsx";
import { request } from "../state/api.ts";
import { useLoaded } from "../state/load.ts";
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

/** An attempt of a step whose log can be read. */
interface Attempt {
  id: string;
  /** Name of its step. */
  of: string;
  label: string;
}

export function Logs({ namespace, name, nodes, step }: Props): JSX.Element {
  const attempts = stepsOf(nodes).flatMap(({ name: of, attempts: tries }) =>
    tries
      .filter(({ pod }) => pod !== undefined)
      .map(({ id, displayName, phase }): Attempt => ({ id, of, label: `${displayName}, ${phase}` })),
  );
  // The run has been removed: what its steps have kept is all that there is.
  const kept = useLoaded<KeptLog[]>(nodes.length === 0 ? PATHS.keptLogs(namespace, name) : undefined);
  if (nodes.length > 0) return <Chosen namespace={namespace} name={name} attempts={attempts} step={step} />;
  if (kept.error !== undefined) return <Problem error={kept.error} retry={kept.reload} />;
  if (!kept.value) return <Loading what="kept logs" />;
  return <Chosen namespace={namespace} name={name} attempts={kept.value.map(keptAttempt)} step={undefined} />;
}

const keptAttempt = ({ id, displayName, at }: KeptLog): Attempt => {
  return { id, of: displayName, label: `${displayName}, until ${exact(at)}` };
};

interface ChosenProps extends Omit<Props, "nodes"> {
  attempts: readonly Attempt[];
}

function Chosen({ namespace, name, attempts, step }: ChosenProps): JSX.Element {
  const [wish, setWish] = useState("");
  const chosen =
    attempts.find(({ id }) => id === wish) ?? attempts.findLast(({ of }) => of === step) ?? attempts.at(-1);
  useEffect(() => setWish(""), [step]);
  if (!chosen) return <Empty title="No step has a log" />;
  return (
    <div class="stack">
      <div class="row">
        <label for="log-of">Attempt</label>
        <select id="log-of" class="short" value={chosen.id} onChange={(event) => setWish(event.currentTarget.value)}>
          {attempts.map(({ id, label }) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <Log key={chosen.id} path={`${PATHS.logs(namespace, name)}?node=${encodeURIComponent(chosen.id)}&follow=true`} />
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

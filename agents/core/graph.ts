// The graph that every step is: load → each item, several at a time → combine → finish, with a checkpoint after each.
import type { StepResult } from "@agentic/api/template.ts";
import { Annotation, type BaseCheckpointSaver, END, Send, START, StateGraph } from "@langchain/langgraph";
import { InterruptedError } from "./errors.ts";

/** A step's work, cut so that whatever was finished before the pod went is never done again. */
export interface Work<Item, Done, Combined = null> {
  /** What there is to do, in order. Small: it goes into the checkpoint. */
  load(): Promise<Item[]>;
  /** Does one item. What it returns is saved at once. */
  each(item: Item): Promise<Done>;
  /** What is made from all of them, if that costs much. Saved, too. */
  combine?(done: Done[]): Promise<Combined>;
  /** Writes the artifacts. May run again after a crash, so it must end the same. */
  finish(done: Done[], combined: Combined | undefined): Promise<StepResult>;
}

/** Channels of the state that a finished step needs: its result, and what it was made for. */
const KEPT_CHANNELS = ["result", "run", "inputHash"] as const;

export interface RunOptions {
  threadId: string;
  run: string;
  inputHash: string;
  /** Whether the result of an earlier run over the same input is taken over. */
  reuse: boolean;
  /** Items at a time. */
  concurrency: number;
  signal?: AbortSignal;
}

export interface Thread extends BaseCheckpointSaver {
  prune?(threadId: string, keep: readonly string[]): Promise<void>;
}

/** How a run began: from nothing, in the middle, or with everything done already. */
export type Beginning = "fresh" | "resumed" | "done";

/** Runs the work to its result, or from where an earlier attempt of the same run left it. */
export async function runWork<Item, Done, Combined = null>(
  work: Work<Item, Done, Combined>,
  saver: Thread,
  options: RunOptions,
  onBegin: (beginning: Beginning) => void = () => {},
): Promise<StepResult> {
  const { threadId, run, inputHash, concurrency, signal } = options;
  const graph = compile(work, saver, limiter(concurrency, signal));
  const config = {
    configurable: { thread_id: threadId },
    durability: "sync" as const,
    // One superstep each for load, items, combine and finish.
    recursionLimit: 10,
  };
  let before = await graph.getState(config);
  const { values } = before;
  const known = before.createdAt !== undefined;
  if (known && (values.inputHash !== inputHash || (values.run !== run && !options.reuse))) {
    await saver.deleteThread(threadId);
    before = await graph.getState(config);
  }
  if (before.values.result) {
    onBegin("done");
    return before.values.result;
  }
  const resumes = before.createdAt !== undefined && before.next.length > 0;
  onBegin(resumes ? "resumed" : "fresh");
  const after = await graph.invoke(resumes ? null : { run, inputHash }, config);
  if (!after.result) throw new Error(`the step ended without a result (thread ${threadId})`);
  await saver.prune?.(threadId, KEPT_CHANNELS);
  return after.result;
}

function compile<Item, Done, Combined>(work: Work<Item, Done, Combined>, saver: Thread, limit: Limit) {
  const State = Annotation.Root({
    run: Annotation<string>,
    inputHash: Annotation<string>,
    items: Annotation<Item[]>,
    done: Annotation<Record<number, Done>>({
      reducer: (before, more) => ({ ...before, ...more }),
      default: () => ({}),
    }),
    combined: Annotation<Combined | undefined>,
    result: Annotation<StepResult | undefined>,
  });
  const inOrder = (done: Record<number, Done>): Done[] =>
    Object.keys(done)
      .map(Number)
      .sort((a, b) => a - b)
      .map((n) => done[n] as Done);
  return new StateGraph(State)
    .addNode("load", async () => ({ items: await work.load() }))
    .addNode("each", async ({ n, item }: { n: number; item: Item }) => ({
      done: { [n]: await limit(() => work.each(item)) },
    }))
    .addNode("combine", async ({ done }) => ({ combined: await work.combine?.(inOrder(done)) }))
    .addNode("finish", async ({ done, combined }) => ({ result: await work.finish(inOrder(done), combined) }))
    .addEdge(START, "load")
    .addConditionalEdges(
      "load",
      ({ items }) => (items.length > 0 ? items.map((item, n) => new Send("each", { n, item })) : "combine"),
      ["each", "combine"],
    )
    .addEdge("each", "combine")
    .addEdge("combine", "finish")
    .addEdge("finish", END)
    .compile({ checkpointer: saver });
}

type Limit = <T>(action: () => Promise<T>) => Promise<T>;

/**
 * At most `n` actions at a time. After an error, or the signal, none starts any more, and the error is thrown only when
 * those that run have ended: LangGraph drops what it hasn't got when the first error arrives. (Its own maxConcurrency
 * also ends a superstep too soon when it is 1.)
 */
function limiter(n: number, signal: AbortSignal | undefined): Limit {
  let running = 0;
  let failure: { error: unknown } | undefined;
  const waiting: (() => void)[] = [];
  const idle = Promise.withResolvers<void>();
  const turn = async () => {
    if (running >= n) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
  };
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else if (--running === 0 && failure) idle.resolve();
  };
  return async (action) => {
    await turn();
    try {
      if (signal?.aborted) failure ??= { error: new InterruptedError("interrupted: what is done is saved") };
      if (!failure) return await action();
    } catch (error) {
      failure ??= { error };
    } finally {
      leave();
    }
    await idle.promise;
    // What ended last still has to reach LangGraph.
    await new Promise((resolve) => setTimeout(resolve, 10));
    // The same error for all: LangGraph makes an AggregateError of different ones.
    throw failure?.error;
  };
}

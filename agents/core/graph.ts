// The graph that every step is: load → each item, several at a time → combine → finish, with a checkpoint after each.
import { randomUUID } from "node:crypto";
import { Annotation, type BaseCheckpointSaver, END, Send, START, StateGraph } from "@langchain/langgraph";
import { InterruptedError } from "./errors.ts";
import type { StepOutput } from "./result.ts";

/** A step's work, cut so that whatever was finished before the pod went is never done again. */
export interface Work<Item, Done, Combined = null> {
  /** What there is to do, in order. Small: it goes into the checkpoint. */
  load(): Promise<Item[]>;
  /** Does one item. What it returns is saved at once. */
  each(item: Item): Promise<Done>;
  /**
   * Whether an item is done for good. One that is not, such as a page whose site was down, counts for this attempt, and
   * is done again by the next one. Where a step doesn't say, every item is.
   */
  isFinal?(done: Done): boolean;
  /** What is made from all of them, if that costs much. Saved, too. */
  combine?(done: Done[]): Promise<Combined>;
  /** Writes the artifacts. May run again after a crash, so it must end the same. */
  finish(done: Done[], combined: Combined | undefined): Promise<StepOutput>;
}

export interface RunOptions {
  threadId: string;
  /** What the step works on; a thread of other input is thrown away. */
  input: string;
  /** Items at a time. */
  concurrency: number;
  signal?: AbortSignal;
}

/** How a run began: from nothing, in the middle, or with everything done already. */
export type Beginning = "fresh" | "resumed" | "done";

/** What the work came to. */
export interface Outcome {
  output: StepOutput;
  /** Whether every item is done for good. */
  isComplete: boolean;
}

/** Runs the work to its output, or from where an earlier attempt of the same run left it. */
export async function runWork<Item, Done, Combined = null>(
  work: Work<Item, Done, Combined>,
  saver: BaseCheckpointSaver,
  options: RunOptions,
  onBegin: (beginning: Beginning) => void = () => {},
): Promise<Outcome> {
  const { threadId, input, concurrency, signal } = options;
  const graph = compile(work, saver, limiter(concurrency, signal));
  const config = {
    configurable: { thread_id: threadId },
    durability: "sync" as const,
    // One superstep each for load, combine and finish, and two for the items of this attempt and of the one before.
    recursionLimit: 12,
  };
  let before = await graph.getState(config);
  if (before.createdAt !== undefined && before.values.input !== input) {
    await saver.deleteThread(threadId);
    before = await graph.getState(config);
  }
  if (before.values.output) {
    onBegin("done");
    return outcomeOf(before.values);
  }
  const resumes = before.createdAt !== undefined && before.next.length > 0;
  onBegin(resumes ? "resumed" : "fresh");
  // Beyond the items: goes back to them, for those which are not done for good.
  if (resumes && before.next.some((node) => node === "combine" || node === "finish"))
    await graph.updateState(config, {}, "gather");
  return outcomeOf(await graph.invoke(resumes ? null : { input }, config));

  function outcomeOf({ output, done }: { output?: StepOutput | undefined; done: Saved<Done> }): Outcome {
    if (!output) throw new Error(`the step ended without a result (thread ${threadId})`);
    return { output, isComplete: Object.values(done).every(({ attempt }) => attempt === undefined) };
  }
}

/** By the item's place: what was done, and by which attempt if it is not done for good. */
type Saved<Done> = Record<number, { value: Done; attempt?: string }>;

function compile<Item, Done, Combined>(work: Work<Item, Done, Combined>, saver: BaseCheckpointSaver, limit: Limit) {
  const attempt = randomUUID();
  const State = Annotation.Root({
    input: Annotation<string>,
    items: Annotation<Item[]>,
    done: Annotation<Saved<Done>>({
      reducer: (before, more) => ({ ...before, ...more }),
      default: () => ({}),
    }),
    combined: Annotation<Combined | undefined>,
    output: Annotation<StepOutput | undefined>,
  });
  const inOrder = (done: Saved<Done>): Done[] =>
    Object.keys(done)
      .map(Number)
      .sort((a, b) => a - b)
      .map((n) => done[n]?.value as Done);
  const isLeft = (saved: Saved<Done>[number] | undefined) =>
    !saved || (saved.attempt !== undefined && saved.attempt !== attempt);
  return (
    new StateGraph(State)
      .addNode("load", async () => ({ items: await work.load() }))
      .addNode("each", async ({ n, item }: { n: number; item: Item }) => {
        const value = await limit(() => work.each(item));
        return { done: { [n]: { value, ...(work.isFinal?.(value) === false ? { attempt } : {}) } } };
      })
      // The items' tasks meet here, so that what is left of them is asked for once.
      .addNode("gather", () => ({}))
      .addNode("combine", async ({ done }) => ({ combined: await work.combine?.(inOrder(done)) }))
      .addNode("finish", async ({ done, combined }) => ({ output: await work.finish(inOrder(done), combined) }))
      .addEdge(START, "load")
      .addEdge("load", "gather")
      .addConditionalEdges(
        "gather",
        ({ items, done }) => {
          const left = items.flatMap((item, n) => (isLeft(done[n]) ? [new Send("each", { n, item })] : []));
          return left.length > 0 ? left : "combine";
        },
        ["each", "combine"],
      )
      .addEdge("each", "gather")
      .addEdge("combine", "finish")
      .addEdge("finish", END)
      .compile({ checkpointer: saver })
  );
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

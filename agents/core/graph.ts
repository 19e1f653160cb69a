// The LangGraph graph of a step: load → each item, several at a time → finish, with a checkpoint after each node.
import { randomUUID } from "node:crypto";
import type { Beginning } from "@agentic/api/template.ts";
import { Annotation, type BaseCheckpointSaver, END, Send, START, StateGraph } from "@langchain/langgraph";
import { InterruptedError } from "./errors.ts";
import type { StepOutput } from "./result.ts";
import { traced } from "./traced.ts";

/** A step's work in parts. Checkpoints save each part's result, so that a new pod does not repeat it. */
export interface Work<Item, Done> {
  /** The items to work on, in order. They should be small, because the checkpoint contains them. */
  load(): Promise<Item[]>;
  /** Works on one item. The result is saved at once. */
  each(item: Item): Promise<Done>;
  /**
   * Whether an item's result is final. A result that is not final, such as that of a page whose site was down, counts for this attempt
   * only: the next attempt works on the item again. Default: every result is final.
   */
  isFinal?(done: Done): boolean;
  /** Writes the artifacts. May run again after a crash, so it must be idempotent. */
  finish(done: Done[]): Promise<StepOutput>;
}

export interface RunOptions {
  threadId: string;
  /** Hash of the step's input; checkpoints of another input are deleted. */
  input: string;
  /** The number of items at the same time. */
  concurrency: number;
  signal?: AbortSignal;
  /** What is done with an item, for its span. Default `item`. */
  verb?: string;
}

/** The result of the work. */
export interface Outcome {
  output: StepOutput;
  /** Whether every item's result is final. */
  isComplete: boolean;
}

/** Runs the work until it has its output, from the last checkpoint of an earlier attempt if there is one. */
export async function runWork<Item, Done>(
  work: Work<Item, Done>,
  saver: BaseCheckpointSaver,
  options: RunOptions,
  onBegin: (beginning: Beginning) => void = () => {},
): Promise<Outcome> {
  const { threadId, input, concurrency, signal, verb = "item" } = options;
  const graph = compile(withSpans(work, verb), saver, limiter(concurrency, signal));
  const config = {
    configurable: { thread_id: threadId },
    durability: "sync" as const,
    // LangGraph's limit on the number of supersteps, which the nodes of this attempt and of the one before can't reach.
    recursionLimit: 12,
  };
  let saved = await graph.getState(config);
  if (saved.createdAt !== undefined && saved.values.input !== input) {
    await saver.deleteThread(threadId);
    saved = await graph.getState(config);
  }
  if (saved.values.output) {
    onBegin("done");
    return outcomeOf(saved.values);
  }
  const resumes = saved.createdAt !== undefined && saved.next.length > 0;
  onBegin(resumes ? "resumed" : "fresh");
  // Where the earlier attempt was past its items, this one goes back to those whose result is not final.
  if (resumes && saved.next.includes("finish")) await graph.updateState(config, {}, "gather");
  return outcomeOf(await graph.invoke(resumes ? null : { input }, config));

  function outcomeOf({ output, done }: { output?: StepOutput | undefined; done: Saved<Done> }): Outcome {
    if (!output) throw new Error(`the step ended without a result (thread ${threadId})`);
    return { output, isComplete: Object.values(done).every(({ attempt }) => attempt === undefined) };
  }
}

/** The same work, with a span for each of its parts. */
function withSpans<Item, Done>(work: Work<Item, Done>, verb: string): Work<Item, Done> {
  const [, tool] = /^execute_tool (.*)$/.exec(verb) ?? [];
  // Source: https://github.com/open-telemetry/semantic-conventions-genai
  const names = tool ? { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": tool } : {};
  return {
    ...work,
    load: () => traced("load", {}, () => work.load()),
    each: (item) => {
      const n = (item as { n?: unknown } | null)?.n;
      return traced(
        verb,
        { attributes: { ...names, ...(typeof n === "number" ? { "agentic.page": n } : {}) } },
        async (span) => {
          const done = await work.each(item);
          // A page that can't be used ends nothing; why it can't, its step's artifact says.
          if (typeof done === "object" && done !== null && "error" in done)
            span.setAttribute("agentic.page.failed", true);
          return done;
        },
      );
    },
    finish: (done) => traced("finish", {}, () => work.finish(done)),
  };
}

/** The result of each item by its index, with the id of its attempt where it is not final. */
type Saved<Done> = Record<number, { value: Done; attempt?: string }>;

function compile<Item, Done>(work: Work<Item, Done>, saver: BaseCheckpointSaver, limit: Limit) {
  const attempt = randomUUID();
  const State = Annotation.Root({
    input: Annotation<string>,
    items: Annotation<Item[]>,
    done: Annotation<Saved<Done>>({
      reducer: (done, added) => ({ ...done, ...added }),
      default: () => ({}),
    }),
    output: Annotation<StepOutput | undefined>,
  });
  const inOrder = (done: Saved<Done>): Done[] =>
    Object.keys(done)
      .map(Number)
      .sort((a, b) => a - b)
      .map((n) => done[n]?.value as Done);
  const isOpen = (saved: Saved<Done>[number] | undefined) =>
    !saved || (saved.attempt !== undefined && saved.attempt !== attempt);
  return (
    new StateGraph(State)
      .addNode("load", async () => ({ items: await work.load() }))
      .addNode("each", async ({ n, item }: { n: number; item: Item }) => {
        const value = await limit(() => work.each(item));
        return { done: { [n]: { value, ...(work.isFinal?.(value) === false ? { attempt } : {}) } } };
      })
      // Waits for the tasks of all items, so that the open items are computed once.
      .addNode("gather", () => ({}))
      .addNode("finish", async ({ done }) => ({ output: await work.finish(inOrder(done)) }))
      .addEdge(START, "load")
      .addEdge("load", "gather")
      .addConditionalEdges(
        "gather",
        ({ items, done }) => {
          const open = items.flatMap((item, n) => (isOpen(done[n]) ? [new Send("each", { n, item })] : []));
          return open.length > 0 ? open : "finish";
        },
        ["each", "finish"],
      )
      .addEdge("each", "gather")
      .addEdge("finish", END)
      .compile({ checkpointer: saver })
  );
}

type Limit = <T>(action: () => Promise<T>) => Promise<T>;

/**
 * Runs at most `n` actions at a time. After an error or an abort no further action starts, and the error is thrown only once
 * the running ones have ended, because LangGraph drops results that arrive after the first error. (LangGraph's own
 * maxConcurrency of 1 also ends a superstep too soon.)
 */
function limiter(n: number, signal: AbortSignal | undefined): Limit {
  let running = 0;
  let failure: { error: unknown } | undefined;
  const waiting: (() => void)[] = [];
  const idle = Promise.withResolvers<void>();
  const acquire = async () => {
    if (running >= n) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
  };
  const release = () => {
    const next = waiting.shift();
    if (next) next();
    else if (--running === 0 && failure) idle.resolve();
  };
  return async (action) => {
    await acquire();
    try {
      if (signal?.aborted) failure ??= { error: new InterruptedError("interrupted: finished items are saved") };
      if (!failure) return await action();
    } catch (error) {
      failure ??= { error };
    } finally {
      release();
    }
    await idle.promise;
    // The result of the last action still has to reach LangGraph.
    await new Promise((resolve) => setTimeout(resolve, 10));
    // The same error for all actions: LangGraph turns different ones into an AggregateError.
    throw failure?.error;
  };
}

// A step's log: from its pod while that is there, with the visitor's own rights, else the one that the step has kept.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { LogSource, RunNode } from "../contract.ts";
import { notFound, Refusal } from "../http/errors.ts";
import type { Visitor } from "../sessions/visitors.ts";
import { isOwn } from "./artifacts.ts";
import type { ReadObject } from "./store.ts";

/** The agents' container; Argo has its own beside it. */
const CONTAINER = "main";

export interface LogOptions {
  workload: AgentWorkload;
  node: RunNode;
  follow: boolean;
  signal: AbortSignal;
}

export interface Log {
  source: LogSource;
  body: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** The node of this id or display name that runs in a pod; of a name that several attempts have, the last. */
export function loggedNode(nodes: readonly RunNode[], name: string): RunNode {
  const found = nodes.filter(
    ({ pod, id, displayName }) =>
      pod && (id === name || displayName === name || displayName.replace(/\(\d+\)$/, "") === name),
  );
  const node = found.at(-1);
  if (node) return node;
  const known = nodes.filter(({ pod }) => pod).map(({ displayName }) => displayName);
  throw new Refusal(
    404,
    "not-found",
    `no step ${name || "without a name"} has run: there are ${known.join(", ") || "none"}`,
  );
}

export async function logOf(visitor: Visitor, read: ReadObject, options: LogOptions): Promise<Log> {
  const { workload, node, follow, signal } = options;
  const { namespace = "" } = workload.metadata;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(node.pod ?? "")}/log`;
  const chunks = visitor.client.bytes(path, {
    query: { container: CONTAINER, follow },
    signal,
    ...(follow ? { timeoutMs: 0 } : {}),
  });
  try {
    const first = await chunks.next();
    return { source: "pod", body: withFirst(first, chunks) };
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
  }
  const uri = `${workload.status?.logs}/${node.pod}/main.log`;
  if (!workload.status?.logs || !isOwn(workload, uri))
    throw notFound(`the log of ${node.displayName}: its pod is gone, and no log was kept`);
  const { body } = await read(uri);
  if (!body) throw notFound(`the log of ${node.displayName}`);
  return { source: "archive", body };
}

async function* withFirst(first: IteratorResult<Buffer>, rest: AsyncGenerator<Buffer>): AsyncGenerator<Uint8Array> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

// A step's log: from its pod while that is there, with the visitor's own rights, else the one that the step has kept.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { stepOfPod } from "@agentic/api/pod-names.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { KeptLog, LogSource } from "../contract.ts";
import { notFound, Refusal } from "../http/errors.ts";
import type { Visitor } from "../sessions/visitors.ts";
import { isOwn } from "./artifacts.ts";
import type { ListObjects, ReadObject } from "./store.ts";

/** The agents' container; Argo has its own beside it. */
const CONTAINER = "main";

/** A name of a kept log; what else is in the folder isn't one. */
const KEPT = /\/([a-z0-9.-]{1,253})\/main\.log$/;
/** What is behind the first run's name in that of another one. */
const RERUN = /-r\d+$/;

/** What runs, or has run, in a pod. */
export interface Logged {
  id: string;
  displayName: string;
  pod?: string;
}

export interface LogOptions {
  workload: AgentWorkload;
  node: Logged;
  follow: boolean;
  signal: AbortSignal;
}

export interface Log {
  source: LogSource;
  body: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** The logs that the steps of all its runs have kept, in the order of their last lines: what there is once its Workflow is gone. */
export async function keptLogs(list: ListObjects, workload: AgentWorkload): Promise<KeptLog[]> {
  const { logs, argoWorkflow } = workload.status ?? {};
  if (!logs || !argoWorkflow || !isOwn(workload, `${logs}/`)) return [];
  const first = argoWorkflow.name.replace(RERUN, "");
  const objects = await list(`${logs}/`);
  return objects
    .flatMap(({ uri, bytes, at }): KeptLog[] => {
      const [, pod] = isOwn(workload, uri) ? (KEPT.exec(uri.slice(logs.length)) ?? []) : [];
      if (!pod?.startsWith(`${first}-`)) return [];
      const [again] = /^-r\d+(?=-)/.exec(pod.slice(first.length)) ?? [];
      const run = `${first}${again ?? ""}`;
      return [{ id: pod, pod, run, displayName: stepOfPod(run, pod) ?? pod, bytes, at }];
    })
    .sort((one, other) => one.at.localeCompare(other.at));
}

/** The one of this id or display name that runs in a pod; of a name that several attempts have, the last. */
export function loggedIn<T extends Logged>(logged: readonly T[], name: string): T | undefined {
  return logged.findLast(
    ({ pod, id, displayName }) =>
      pod && (id === name || displayName === name || displayName.replace(/\(\d+\)$/, "") === name),
  );
}

/** What has a log by this name: a node of the present run, else a log that was kept. */
export async function loggedAs(
  name: string,
  { nodes, list, workload }: { nodes: readonly Logged[]; list: ListObjects; workload: AgentWorkload },
): Promise<Logged> {
  const node = loggedIn(nodes, name);
  if (node) return node;
  const kept = await keptLogs(list, workload);
  const found = loggedIn(kept, name);
  if (found) return found;
  const known = new Set([...kept, ...nodes.filter(({ pod }) => pod)].map(({ displayName }) => displayName));
  throw new Refusal(
    404,
    "not-found",
    `no step ${name || "without a name"} has run: there are ${[...known].join(", ") || "none"}`,
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

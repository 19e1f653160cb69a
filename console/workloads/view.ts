// One workload as its page shows it, and the stream of it.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { AGENT_WORKLOAD } from "@agentic/api/names.ts";
import { ifReadable, isStatus } from "@agentic/kube/client/api-error.ts";
import { workloadPath } from "@agentic/kube/workloads/paths.ts";
import type { RunNode, StoryEvent, WorkloadEvents, WorkloadView } from "../contract.ts";
import { notFound } from "../http/errors.ts";
import type { StreamEvent } from "../http/event-stream.ts";
import type { Visitor } from "../sessions/visitors.ts";
import type { Board } from "./board.ts";
import { rowOf } from "./row.ts";
import { nodesOf, type Workflow, workflowPath } from "./run.ts";
import { follow, type StreamOptions, Subscription } from "./subscription.ts";

/** The most events of pods that are read. */
const MAX_EVENTS = 500;

/** The workload that the visitor may get. Throws where they may not, or it isn't there. */
export async function workloadFor(board: Board, visitor: Visitor, key: Key): Promise<AgentWorkload> {
  await visitor.demand(key.namespace, "get");
  // What has just been made is nobody's surprise: the visitor may ask for it before the watch has told of it.
  const workload =
    board.workloads.get(`${key.namespace}/${key.name}`) ??
    (await ifReadable(visitor.client.get<AgentWorkload>(workloadPath(key.namespace, key.name))));
  if (!workload) throw notFound(`workload ${key.namespace}/${key.name}`);
  return workload;
}

export interface Key {
  namespace: string;
  name: string;
}

/** The nodes of its present run: the shared ones while it runs, else read with the visitor's own rights. */
export async function nodesFor(board: Board, visitor: Visitor, workload: AgentWorkload): Promise<RunNode[]> {
  const run = board.runOf(workload);
  if (!run) return [];
  if (run.nodes) return run.nodes;
  const workflow = await workflowFor(visitor, workload);
  return workflow ? nodesOf(workflow) : [];
}

/** The Workflow of its present run, read with the visitor's own rights; undefined where there is none. */
export async function workflowFor({ client }: Visitor, { status }: AgentWorkload): Promise<Workflow | undefined> {
  const { name, namespace } = status?.argoWorkflow ?? {};
  if (!name || !namespace) return undefined;
  return (await ifReadable(client.get<Workflow>(workflowPath(namespace, name)))) ?? undefined;
}

interface KubeEvent {
  metadata: { creationTimestamp?: string };
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  lastTimestamp?: string;
  eventTime?: string;
  involvedObject: { kind?: string; name?: string };
}

/** Events of the workload, its run and its pods, oldest first, read with the visitor's own rights; none where they may not. */
export async function eventsFor({ client }: Visitor, workload: AgentWorkload, nodes: readonly RunNode[]) {
  const { namespace = "", name } = workload.metadata;
  const list = (fieldSelector: string) =>
    client
      .get<{ items: KubeEvent[] | null }>(`/api/v1/namespaces/${encodeURIComponent(namespace)}/events`, {
        fieldSelector,
        limit: MAX_EVENTS,
      })
      .then(({ items }) => items ?? [])
      .catch((error: unknown) => {
        if (isStatus(error, 403)) return [];
        throw error;
      });
  const run = workload.status?.argoWorkflow?.name;
  const pods = new Set(nodes.flatMap(({ pod }) => (pod ? [pod] : [])));
  const found = await Promise.all([
    list(`involvedObject.kind=${AGENT_WORKLOAD.kind},involvedObject.name=${name}`),
    run ? list(`involvedObject.kind=Workflow,involvedObject.name=${run}`) : [],
    pods.size > 0 ? list("involvedObject.kind=Pod") : [],
  ]);
  return found
    .flat()
    .filter(({ involvedObject: { kind, name: of } }) => kind !== "Pod" || pods.has(of ?? ""))
    .map(storyEvent)
    .sort((one, other) => one.at.localeCompare(other.at));
}

function storyEvent({ type, reason = "", message = "", count = 1, involvedObject, ...event }: KubeEvent): StoryEvent {
  return {
    at: event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? "",
    type: type === "Warning" ? "Warning" : "Normal",
    reason,
    message,
    about: `${involvedObject.kind}/${involvedObject.name}`,
    count,
  };
}

/** The whole view; of a stream's, `events` are those of before unless the workload is in another phase. */
export async function viewOf(board: Board, visitor: Visitor, key: Key, before?: WorkloadView): Promise<WorkloadView> {
  const workload = await workloadFor(board, visitor, key);
  const [nodes, rights] = await Promise.all([nodesFor(board, visitor, workload), visitor.rights(key.namespace)]);
  const isSamePhase = before && before.workload.status?.phase === workload.status?.phase;
  return {
    row: rowOf(workload, board.runOf(workload)),
    workload,
    nodes,
    events: isSamePhase ? before.events : await eventsFor(visitor, workload, nodes),
    conditions: workload.status?.conditions ?? [],
    rights,
  };
}

export function viewStream(options: StreamOptions, { namespace, name }: Key): AsyncGenerator<StreamEvent> {
  const { board, visitor } = options;
  const key = `${namespace}/${name}`;
  let view: WorkloadView | undefined;
  const subscription = new Subscription(options, (change) => change.key === key);
  const look = async () => {
    view = await viewOf(board, visitor, { namespace, name }, view);
    return send("view", view);
  };
  return follow(options, {
    subscription,
    begin: async () => [await look()],
    changes: async () => {
      const uid = view?.row.uid ?? "";
      const isGone = board.row(key)?.uid !== uid;
      return isGone ? { events: [send("deleted", { uid })], over: true } : { events: [await look()] };
    },
  });
}

const send = <E extends keyof WorkloadEvents>(event: E, data: WorkloadEvents[E]): StreamEvent => ({ event, data });

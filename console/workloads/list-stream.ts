// The list as a stream: snapshots of what the visitor may see, then what changes of it.
import { namespaceOf } from "@agentic/kube/controller/object.ts";
import type { ListEvents, WorkloadRow } from "../contract.ts";
import type { StreamEvent } from "../http/event-stream.ts";
import type { Visitor } from "../sessions/visitors.ts";
import type { Board } from "./board.ts";
import { follow, type StreamOptions, Subscription } from "./subscription.ts";

/** Rows of one event. */
const CHUNK = 500;

/** The namespaces of these rows that the visitor may list. */
export async function visibleOf(rows: Iterable<WorkloadRow>, visitor: Visitor): Promise<Set<string>> {
  const namespaces = [...new Set([...rows].map(({ namespace }) => namespace))];
  const may = await Promise.all(namespaces.map((namespace) => visitor.may(namespace, "list")));
  return new Set(namespaces.filter((_, i) => may[i]));
}

export function listStream(options: StreamOptions, tenant: string | undefined): AsyncGenerator<StreamEvent> {
  const { board, visitor } = options;
  const dirty = new Map<string, string>();
  const isAsked = (namespace: string) => tenant === undefined || namespace === tenant;
  let visible = new Set<string>();
  const subscription = new Subscription(options, ({ key, uid }) => {
    if (!isAsked(namespaceOf(key))) return false;
    dirty.set(key, uid);
    return true;
  });
  return follow(options, {
    subscription,
    begin: async () => {
      const all = [...board.rows()].filter(({ namespace }) => isAsked(namespace));
      visible = await visibleOf(all, visitor);
      const rows = all.filter(({ namespace }) => visible.has(namespace));
      return chunks(rows).map((part, i, parts) => send("snapshot", { rows: part, last: i === parts.length - 1 }));
    },
    changes: async () => {
      const keys = [...dirty];
      const { changed, deleted, ...next } = await changesOf({ board, visitor, keys, visible, isAsked });
      for (const [key, uid] of keys) if (dirty.get(key) === uid) dirty.delete(key);
      visible = next.visible;
      return {
        events: [
          ...(deleted.length > 0 ? [send("deleted", deleted)] : []),
          ...(changed.length > 0 ? chunks(changed).map((part) => send("changed", part)) : []),
        ],
      };
    },
  });
}

/** In parts, of which there is at least one. */
function chunks<T>(all: readonly T[]): T[][] {
  const parts = Math.max(1, Math.ceil(all.length / CHUNK));
  return Array.from({ length: parts }, (_, i) => all.slice(i * CHUNK, (i + 1) * CHUNK));
}

interface Changed {
  board: Board;
  visitor: Visitor;
  /** Key and uid of what has changed. */
  keys: readonly (readonly [key: string, uid: string])[];
  /** Namespaces that the visitor has been shown. */
  visible: ReadonlySet<string>;
  isAsked: (namespace: string) => boolean;
}

/** What of it the visitor is shown: rights that were given or taken meanwhile show or hide whole namespaces. */
async function changesOf({ board, visitor, keys, visible, isAsked }: Changed) {
  const next = new Set(visible);
  const changed = new Map<string, WorkloadRow>();
  const deleted: ListEvents["deleted"] = [];
  for (const namespace of new Set(keys.map(([key]) => namespaceOf(key)))) {
    const may = await visitor.may(namespace, "list");
    if (may === visible.has(namespace)) continue;
    if (may) next.add(namespace);
    else next.delete(namespace);
    for (const row of board.rows()) {
      if (row.namespace !== namespace || !isAsked(namespace)) continue;
      if (may) changed.set(row.uid, row);
      else deleted.push({ uid: row.uid });
    }
  }
  for (const [key, uid] of keys) {
    if (!next.has(namespaceOf(key))) continue;
    const row = board.row(key);
    if (row) changed.set(row.uid, row);
    // Of the same name there may be another by now.
    if (row?.uid !== uid) deleted.push({ uid });
  }
  return { visible: next, changed: [...changed.values()], deleted };
}

const send = <E extends keyof ListEvents>(event: E, data: ListEvents[E]): StreamEvent => ({ event, data });

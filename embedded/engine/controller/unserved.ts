// Reports objects of Argo's kinds that this engine does not run, by an event, and by a condition where people make them.
import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { Watches } from "@agentic/kube/client/client.ts";
import type { KubeObject } from "@agentic/kube/controller/object.ts";
import type { Logger } from "pino";
import { upsert } from "../core/result.ts";
import type { Condition } from "../core/types.ts";
import type { Requests } from "./client.ts";
import { Informers } from "./informers.ts";
import * as paths from "./paths.ts";
import { warn } from "./tell.ts";

interface UnservedKind {
  kind: string;
  plural: string;
  /** Why such an object has no effect here, and what to do instead. */
  explanation: string;
  /** Whether people make such objects: then a condition says so, too, which outlasts the event. */
  byPeople?: boolean;
}

const ONLY_ARGO = "this workflow engine does not use it: only Argo's own controller makes and reads such objects";

/** All kinds of Argo Workflows besides those that the engine runs. */
export const UNSERVED: readonly UnservedKind[] = [
  {
    kind: "WorkflowEventBinding",
    plural: "workfloweventbindings",
    explanation:
      "this workflow engine starts no workflow on an event: post to the platform's event receiver, or run Argo's own server",
    byPeople: true,
  },
  { kind: "WorkflowTaskSet", plural: "workflowtasksets", explanation: ONLY_ARGO },
  { kind: "WorkflowTaskResult", plural: "workflowtaskresults", explanation: ONLY_ARGO },
  { kind: "WorkflowArtifactGCTask", plural: "workflowartifactgctasks", explanation: ONLY_ARGO },
];

/** The fields that are read of an object of such a kind. */
interface Unserved extends KubeObject {
  status?: { conditions?: Condition[] };
}

export interface UnservedOptions {
  client: Requests & Watches;
  namespaces: readonly string[];
  log: Logger;
  onProblem: (error: Error, path: string) => void;
  now?: () => Date;
}

/** Of the event, and the type of the condition. */
const REASON = "NotServed";

class Reporter {
  readonly #options: UnservedOptions;
  /** The uids of objects that have been reported. */
  readonly #reported = new Set<string>();

  constructor(options: UnservedOptions) {
    this.#options = options;
  }

  forget({ metadata }: Unserved): void {
    this.#reported.delete(metadata.uid ?? "");
  }

  async report(kind: UnservedKind, object: Unserved): Promise<void> {
    const { metadata } = object;
    const uid = metadata.uid ?? "";
    if (this.#reported.has(uid)) return;
    this.#reported.add(uid);
    const { log } = this.#options;
    const identity = { kind: kind.kind, name: metadata.name, namespace: metadata.namespace };
    log.warn(identity, kind.explanation);
    const results = await Promise.allSettled([this.#createEvent(kind, object), this.#setCondition(kind, object)]);
    for (const result of results) {
      // Not retried: the log has the explanation, and a missing right stays missing.
      if (result.status === "rejected" && !isStatus(result.reason, 403, 404, 409))
        log.warn({ ...identity, error: String(result.reason) }, "the object's event or condition can't be written");
    }
  }

  #createEvent({ kind, explanation }: UnservedKind, { metadata }: Unserved): Promise<unknown> {
    const message = `this ${kind} has no effect: ${explanation}`;
    const at = this.#options.now?.() ?? new Date();
    return warn(this.#options.client, { kind, metadata, reason: REASON, message, at });
  }

  async #setCondition({ plural, byPeople, explanation }: UnservedKind, { metadata, status }: Unserved): Promise<void> {
    if (!byPeople) return;
    const current = status?.conditions?.find(({ type }) => type === REASON);
    if (current?.message === explanation) return;
    const conditions = upsert(status?.conditions, { type: REASON, status: "True", message: explanation });
    await this.#options.client.patch(`${paths.ofKind(plural, metadata.namespace)}/${metadata.name}`, {
      status: { conditions },
    });
  }
}

/** Watches these kinds; one that the cluster does not have, or that may not be watched, is skipped. */
export function watchUnserved(options: UnservedOptions): { start(): void; stop(): Promise<void> } {
  const { client, onProblem, namespaces } = options;
  const scopes = namespaces.length > 0 ? namespaces : [undefined];
  const reporter = new Reporter(options);
  const informers = new Informers({ client, onError: onProblem });
  for (const kind of UNSERVED)
    for (const scope of scopes)
      informers.add<Unserved>({
        path: paths.ofKind(kind.plural, scope),
        optional: true,
        trim: ({ metadata: { name, namespace, uid, resourceVersion }, status }) => ({
          metadata: { name, namespace, uid, resourceVersion },
          ...(kind.byPeople && status?.conditions ? { status: { conditions: status.conditions } } : {}),
        }),
        onChange: ({ type, object }) => {
          if (type === "deleted") reporter.forget(object);
          else void reporter.report(kind, object);
        },
      });
  return informers;
}

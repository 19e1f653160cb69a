// Reports objects of Argo's kinds that this engine does not run, by an event, and by a condition where the kind has conditions.

import { fnv32a } from "@agentic/api/pod-names.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { Watches } from "@agentic/kube/client/client.ts";
import { eventOf, eventsPath } from "@agentic/kube/controller/event.ts";
import type { KubeObject } from "@agentic/kube/controller/object.ts";
import type { Logger } from "pino";
import { upsert } from "../core/result.ts";
import { timestamp } from "../core/time.ts";
import type { Condition } from "../core/types.ts";
import { type Requests, STRICT } from "./client.ts";
import { Informers } from "./informers.ts";
import * as paths from "./paths.ts";

interface UnservedKind {
  kind: string;
  plural: string;
  /** Why such an object has no effect here, and what to do instead. */
  explanation: string;
  /** The type of the kind's condition for this, which Argo itself removes when it runs the object. */
  condition?: string;
}

const ONLY_ARGO = "this workflow engine does not use it: only Argo's own controller makes and reads such objects";

/** All kinds of Argo Workflows besides those that the engine runs. */
export const UNSERVED: readonly UnservedKind[] = [
  {
    kind: "CronWorkflow",
    plural: "cronworkflows",
    explanation:
      "this workflow engine starts no workflow on a schedule: submit a Workflow, or run Argo's own controller",
    condition: "SubmissionError",
  },
  {
    kind: "WorkflowEventBinding",
    plural: "workfloweventbindings",
    explanation:
      "this workflow engine starts no workflow on an event: post to the platform's event receiver, or run Argo's own server",
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

const REASON = "NotServed";
const COMPONENT = "workflow-engine";
/** The most characters of an object's name in its event's name, which has a hash of the object's uid too. */
const LONGEST_NAME = 240;

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

  /** The event's name is derived from the object, so that a restarted engine creates no second one. */
  #createEvent({ kind, explanation }: UnservedKind, { metadata }: Unserved): Promise<unknown> {
    const event = eventOf({
      name: `${metadata.name.slice(0, LONGEST_NAME)}.${fnv32a(metadata.uid ?? "").toString(16)}`,
      object: { apiVersion: paths.API_VERSION, kind, metadata },
      type: "Warning",
      reason: REASON,
      message: `this ${kind} has no effect: ${explanation}`,
      at: timestamp(this.#options.now?.() ?? new Date()),
      component: COMPONENT,
    });
    return this.#options.client.create(eventsPath(metadata.namespace), event, STRICT);
  }

  async #setCondition({ plural, condition, explanation }: UnservedKind, { metadata, status }: Unserved): Promise<void> {
    if (!condition) return;
    const current = status?.conditions?.find(({ type }) => type === condition);
    if (current?.message === explanation) return;
    const conditions = upsert(status?.conditions, { type: condition, status: "True", message: explanation });
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
          ...(kind.condition && status?.conditions ? { status: { conditions: status.conditions } } : {}),
        }),
        onChange: ({ type, object }) => {
          if (type === "deleted") reporter.forget(object);
          else void reporter.report(kind, object);
        },
      });
  return informers;
}

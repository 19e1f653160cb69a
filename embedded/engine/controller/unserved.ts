// Reports objects of Argo's kinds that this engine doesn't run: their author is told by an
// event, and by a condition where the kind has conditions.
import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { Watches } from "@agentic/kube/client/client.ts";
import { eventOf, eventsPath } from "@agentic/kube/controller/event.ts";
import type { KubeObject } from "@agentic/kube/controller/object.ts";
import type { Logger } from "pino";
import { fnv32a } from "../core/names.ts";
import { upsert } from "../core/result.ts";
import { timestamp } from "../core/time.ts";
import type { Condition } from "../core/types.ts";
import { type Requests, STRICT } from "./client.ts";
import { Informers } from "./informers.ts";
import * as paths from "./paths.ts";

interface UnservedKind {
  kind: string;
  plural: string;
  /** What becomes of such an object here. */
  says: string;
  /** The condition of the kind that Argo has for this, and takes back itself. */
  condition?: string;
}

const ONLY_ARGO = "this workflow engine does without it: only Argo's own controller makes and reads such objects";

/** All kinds of Argo Workflows besides those that the engine runs. */
export const UNSERVED: readonly UnservedKind[] = [
  {
    kind: "CronWorkflow",
    plural: "cronworkflows",
    says: "this workflow engine starts no workflow on a schedule: submit a Workflow, or run Argo's own controller",
    condition: "SubmissionError",
  },
  {
    kind: "WorkflowEventBinding",
    plural: "workfloweventbindings",
    says: "this workflow engine starts no workflow on an event: post to the platform's event receiver, or run Argo's own server",
  },
  { kind: "WorkflowTaskSet", plural: "workflowtasksets", says: ONLY_ARGO },
  { kind: "WorkflowTaskResult", plural: "workflowtaskresults", says: ONLY_ARGO },
  { kind: "WorkflowArtifactGCTask", plural: "workflowartifactgctasks", says: ONLY_ARGO },
];

/** What is read of an object that isn't carried out. */
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
/** A name has room for its object's and the hash that tells namesakes apart. */
const LONGEST_NAME = 240;

class Teller {
  readonly #options: UnservedOptions;
  /** The objects that have been told, by their uid. */
  readonly #told = new Set<string>();

  constructor(options: UnservedOptions) {
    this.#options = options;
  }

  forget({ metadata }: Unserved): void {
    this.#told.delete(metadata.uid ?? "");
  }

  async tell(kind: UnservedKind, object: Unserved): Promise<void> {
    const { metadata } = object;
    const uid = metadata.uid ?? "";
    if (this.#told.has(uid)) return;
    this.#told.add(uid);
    const { log } = this.#options;
    const named = { kind: kind.kind, name: metadata.name, namespace: metadata.namespace };
    log.warn(named, kind.says);
    const results = await Promise.allSettled([this.#event(kind, object), this.#condition(kind, object)]);
    for (const result of results) {
      // Logged at least; a missing right isn't retried for ever.
      if (result.status === "rejected" && !isStatus(result.reason, 403, 404, 409))
        log.warn({ ...named, error: String(result.reason) }, "the object's user could not be told");
    }
  }

  /** The event's name tells the object, so that a restarted engine doesn't tell twice. */
  #event({ kind, says }: UnservedKind, { metadata }: Unserved): Promise<unknown> {
    const event = eventOf({
      name: `${metadata.name.slice(0, LONGEST_NAME)}.${fnv32a(metadata.uid ?? "").toString(16)}`,
      object: { apiVersion: paths.API_VERSION, kind, metadata },
      type: "Warning",
      reason: REASON,
      message: `nothing is done with this ${kind}: ${says}`,
      at: timestamp(this.#options.now?.() ?? new Date()),
      component: COMPONENT,
    });
    return this.#options.client.create(eventsPath(metadata.namespace), event, STRICT);
  }

  async #condition({ plural, condition, says }: UnservedKind, { metadata, status }: Unserved): Promise<void> {
    if (!condition) return;
    const known = status?.conditions?.find(({ type }) => type === condition);
    if (known?.message === says) return;
    const conditions = upsert(status?.conditions, { type: condition, status: "True", message: says });
    await this.#options.client.patch(`${paths.ofKind(plural, metadata.namespace)}/${metadata.name}`, {
      status: { conditions },
    });
  }
}

/** Watches the kinds; a kind that the cluster lacks, or may not be watched, is left alone. */
export function watchUnserved(options: UnservedOptions): { start(): void; stop(): Promise<void> } {
  const { client, onProblem, namespaces } = options;
  const scopes = namespaces.length > 0 ? namespaces : [undefined];
  const teller = new Teller(options);
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
          if (type === "deleted") teller.forget(object);
          else void teller.tell(kind, object);
        },
      });
  return informers;
}

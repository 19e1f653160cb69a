// Gives rights for a time and takes them again, as AccessRequests say; tells of both by events, metrics and alarms.
import { type AccessRequest, type AccessStatus, BREAK_GLASS_PREFIX } from "@agentic/api/access-request.ts";
import { ACCESS_REQUEST, API_GROUP_VERSION, OPERATOR_NAME } from "@agentic/api/names.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { KubeApi } from "@agentic/kube/client/client.ts";
import { eventOf, eventsPath } from "@agentic/kube/controller/event.ts";
import { Informer } from "@agentic/kube/controller/informer.ts";
import { WorkQueue } from "@agentic/kube/controller/work-queue.ts";
import type { Logger } from "pino";
import { watching } from "../kube/watching.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Alarm } from "./alarm.ts";
import { decideAccess } from "./decide.ts";
import { bindingOf, type OwnedJob, RBAC, timerOf } from "./rights.ts";

const requests = `/apis/${API_GROUP_VERSION}/${ACCESS_REQUEST.plural}`;

/** Milliseconds after which a request whose time is over counts as overdue while its rights may be there. */
const OVERDUE_MS = 60_000;

/** Phases that people hear of; all but the first are about rights that are given or taken. */
const WARNING = ["Requested", "Active"];

export interface AccessOptions {
  client: KubeApi;
  alarm: Alarm;
  /** Image that timers name, and never run. */
  image: string;
  metrics: Pick<Metrics, "accessAlarms" | "watchErrors">;
  log: Logger;
  /** Milliseconds since the epoch; default the system's clock. */
  now?: () => number;
}

export class AccessController {
  readonly informer: Informer<AccessRequest>;
  readonly #queue = new WorkQueue();
  readonly #options: AccessOptions;
  readonly #now: () => number;

  constructor(options: AccessOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.informer = new Informer<AccessRequest>({
      ...watching(options)(ACCESS_REQUEST.plural),
      path: requests,
      // Before its definition is there, nobody can ask.
      optional: true,
      onChange: ({ object }) => this.#queue.add(object.metadata.name),
    });
  }

  /** How many requests give rights in each namespace now, and how many should give none any more. */
  counts(): { active: Record<string, number>; overdue: number } {
    const active: Record<string, number> = {};
    let overdue = 0;
    for (const { spec, status } of this.informer.values()) {
      if (status?.phase !== "Active") continue;
      active[spec.namespace] = (active[spec.namespace] ?? 0) + 1;
      if (Date.parse(status.expiresAt ?? "") + OVERDUE_MS < this.#now()) overdue++;
    }
    return { active, overdue };
  }

  /** Handles requests until {@link stop}: one worker, as there are few. */
  async work(): Promise<void> {
    await this.#queue.run(1, async (name) => {
      try {
        await this.#reconcile(name);
      } catch (error) {
        this.#options.log.warn({ request: name, error: (error as Error).message }, "access request: trying again");
        this.#queue.retry(name);
      }
    });
  }

  /** Ends the worker once its present request is handled. */
  stop(): void {
    this.#queue.stop();
  }

  async #reconcile(name: string): Promise<void> {
    const request = this.informer.get(name);
    // With a request that is deleted, the API server's garbage collector deletes its binding.
    if (!request) return this.#queue.drop(name);
    const { binding, status, afterMs } = decideAccess(request, this.#now());
    // The rights are taken before it is said that they are, and given after: whatever is cut off here, there is an end to them.
    if (binding === "absent") await this.#take(request);
    const current = status ? await this.#write(request, status) : request;
    if (binding === "present" && !(await this.#give(current))) return this.#queue.add(name);
    // First of all: an alarm that isn't taken must not delay the end.
    if (afterMs !== undefined) this.#queue.addAfter(name, afterMs);
    if (status) await this.#tell(current);
    await this.#alarm(current);
    this.#queue.forget(name);
  }

  async #write(request: AccessRequest, status: AccessStatus): Promise<AccessRequest> {
    const { name, resourceVersion } = request.metadata;
    const written = await this.#options.client.patch<AccessRequest>(`${requests}/${name}/status`, {
      metadata: { resourceVersion },
      status,
    });
    this.informer.observe(written);
    return written;
  }

  /** Whether the rights are given; where the namespace has none to give, the request ends. */
  async #give(request: AccessRequest): Promise<boolean> {
    const { namespace } = request.spec;
    try {
      const timer = await this.#timer(request);
      await this.#options.client.create(bindings(namespace), bindingOf(request, timer)).catch((error: unknown) => {
        if (!isStatus(error, 409)) throw error;
      });
      return true;
    } catch (error) {
      if (!isStatus(error, 403, 404)) throw error;
      const message = `${namespace} gives no such rights: ${(error as Error).message}`;
      const endedAt = new Date(this.#now()).toISOString();
      await this.#write(request, { ...request.status, phase: "Ended", message, endedAt });
      return false;
    }
  }

  /** The Job with which Kubernetes takes the rights where no operator does. */
  async #timer(request: AccessRequest): Promise<OwnedJob> {
    const { client, image } = this.#options;
    const path = `/apis/batch/v1/namespaces/${request.spec.namespace}/jobs`;
    const timer = timerOf(request, { image, now: this.#now() });
    try {
      return await client.create<OwnedJob>(path, timer);
    } catch (error) {
      if (!isStatus(error, 409)) throw error;
    }
    const existing = await client.get<OwnedJob>(`${path}/${timer.metadata.name}`);
    if (existing.metadata.ownerReferences?.some(({ uid }) => uid === request.metadata.uid)) return existing;
    throw new Error(`Job ${timer.metadata.name} is that of an earlier request, which is being deleted`);
  }

  async #take({ metadata, spec }: AccessRequest): Promise<void> {
    const path = `${bindings(spec.namespace)}/${BREAK_GLASS_PREFIX}${metadata.name}`;
    await this.#options.client.delete(path).catch((error: unknown) => {
      if (!isStatus(error, 404)) throw error;
    });
  }

  /** An Event in the tenant's namespace, whose people see it, and a line in the log. Nothing relies on Events. */
  async #tell({ metadata, spec, status = {} }: AccessRequest): Promise<void> {
    const { phase = "Requested", message = "" } = status;
    const { log, client } = this.#options;
    log.warn({ request: metadata.name, ...spec, phase }, "break-glass");
    const { namespace } = spec;
    const name = `${BREAK_GLASS_PREFIX}${metadata.name}`;
    const event = eventOf({
      name: `${name}.${metadata.uid}.${phase.toLowerCase()}`,
      object: { apiVersion: RBAC.version, kind: "RoleBinding", metadata: { name, namespace } },
      type: WARNING.includes(phase) ? "Warning" : "Normal",
      reason: `BreakGlass${phase}`,
      message,
      at: new Date(this.#now()).toISOString(),
      component: OPERATOR_NAME,
    });
    await client.create(eventsPath(namespace), event).catch(() => {});
  }

  /** Tells the receiver of alarms of each phase once; where it doesn't take it, the request is tried again. */
  async #alarm(request: AccessRequest): Promise<void> {
    const { alarm, metrics } = this.#options;
    const { phase, told = [] } = request.status ?? {};
    if (!alarm.hasReceiver || !phase || told.includes(phase)) return;
    try {
      await alarm.send(request);
      metrics.accessAlarms.inc({ result: "delivered" });
    } catch (error) {
      metrics.accessAlarms.inc({ result: "failed" });
      throw error;
    }
    await this.#write(request, { ...request.status, told: [...told, phase] });
  }
}

function bindings(namespace: string): string {
  return `/apis/${RBAC.version}/namespaces/${namespace}/rolebindings`;
}

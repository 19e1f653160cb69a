// Writes workflow statuses. Each write has the resource version that it is based on, so that the API server refuses a stale one.
import { ApiError, isStatus } from "@agentic/kube/client/api-error.ts";
import type { Logger } from "pino";
import type { Advance } from "../core/advance.ts";
import { timestamp } from "../core/time.ts";
import type { Workflow } from "../core/types.ts";
import type { Caches } from "./caches.ts";
import type { Requests } from "./client.ts";
import { mergePatch } from "./merge-patch.ts";
import type { Metrics } from "./metrics.ts";
import * as paths from "./paths.ts";
import { deletePod } from "./pods.ts";

export interface WriterOptions {
  client: Requests;
  caches: Caches;
  metrics: Metrics;
  log: Logger;
  /** Queues another pass over a workflow, for now or for a time (epoch milliseconds). */
  requeue: (key: string, at?: number) => void;
}

/** Milliseconds from a conflict to the next pass; the watch usually delivers the newer version before. */
const CONFLICT_MS = 250;

const isTooLarge = (error: unknown) =>
  error instanceof ApiError &&
  (error.status === 413 || /request is too large|Request entity too large|larger than/i.test(error.message));

export class WorkflowWriter {
  readonly #options: WriterOptions;
  readonly #now: () => Date;

  constructor(options: WriterOptions, now: () => Date) {
    this.#options = options;
    this.#now = now;
  }

  /** Whether the cached workflow is the newest one. If not, the newer one is put into the cache, which queues a pass. */
  async isCurrent(workflow: Workflow): Promise<boolean> {
    const { client, caches } = this.#options;
    const { namespace, name, resourceVersion, uid } = workflow.metadata;
    try {
      const live = await client.get<Workflow>(paths.workflow(namespace, name));
      if (live.metadata.resourceVersion === resourceVersion && live.metadata.uid === uid) return true;
      caches.offerWorkflow(live);
      return false;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      throw error;
    }
  }

  /** Writes the result; false where the workflow has changed in the meantime or is deleted. */
  async write(key: string, workflow: Workflow, result: Advance): Promise<boolean> {
    const { client, caches, log, requeue } = this.#options;
    const { metadata } = workflow;
    // The spec is never sent: the user's numbers in it would be written in another form.
    const labels = mergePatch(metadata.labels, { ...metadata.labels, ...result.labels });
    const annotations = mergePatch(metadata.annotations, { ...metadata.annotations, ...result.annotations });
    const status = mergePatch(workflow.status, result.status);
    const patch = { metadata: { resourceVersion: metadata.resourceVersion, labels, annotations }, status };
    try {
      const path = paths.workflow(metadata.namespace, metadata.name);
      caches.offerWorkflow(await client.patch<Workflow>(path, patch));
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      if (isStatus(error, 409)) {
        log.debug({ workflow: key }, "the workflow changed meanwhile; trying again");
        requeue(key, this.#now().getTime() + CONFLICT_MS);
        return false;
      }
      if (isTooLarge(error)) {
        await this.#endWithError(
          workflow,
          "the workflow's status has become too large to be stored: make fewer or smaller steps",
        );
        return false;
      }
      throw error;
    }
  }

  /** Ends a workflow whose next status can't be stored; the nodes of the last stored status stay. */
  async #endWithError(workflow: Workflow, message: string): Promise<void> {
    const { client, caches, metrics } = this.#options;
    const { metadata, status } = workflow;
    metrics.errors.inc({ cause: "TooLarge" });
    const labels = { "workflows.argoproj.io/phase": "Error", "workflows.argoproj.io/completed": "true" };
    const patch = {
      metadata: { resourceVersion: metadata.resourceVersion, labels },
      status: {
        phase: "Error",
        message,
        finishedAt: timestamp(this.#now()),
        startedAt: status?.startedAt ?? timestamp(this.#now()),
      },
    };
    caches.offerWorkflow(await client.patch<Workflow>(paths.workflow(metadata.namespace, metadata.name), patch));
    const pods = caches.pods(`${metadata.namespace}/${metadata.name}`);
    await Promise.all(pods.map((pod) => deletePod(client, metadata.namespace, pod.metadata.name, pod.metadata.uid)));
  }

  async remove({ metadata }: Workflow): Promise<void> {
    try {
      await this.#options.client.delete(paths.workflow(metadata.namespace, metadata.name), {
        propagationPolicy: "Background",
        preconditions: { uid: metadata.uid },
      });
    } catch (error) {
      if (!isStatus(error, 404, 409)) throw error;
    }
  }
}

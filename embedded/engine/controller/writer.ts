// Writes workflow statuses: each write names the version that it is based on, so that a stale one is refused.
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
  /** Asks for a pass over a workflow, now or at a moment (epoch milliseconds). */
  again: (key: string, at?: number) => void;
}

/** The newer version comes by the watch; this is for when it doesn't. */
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

  /** Whether the cached workflow is the newest; the newer one is cached, and its pass asked for, if not. */
  async isFresh(workflow: Workflow): Promise<boolean> {
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

  /** Writes the result; false when somebody else has written in the meantime, or the workflow is gone. */
  async write(key: string, workflow: Workflow, result: Advance): Promise<boolean> {
    const { client, caches, log, again } = this.#options;
    const { metadata } = workflow;
    // The spec is its user's, and never sent: it would come back with our idea of its numbers.
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
        again(key, this.#now().getTime() + CONFLICT_MS);
        return false;
      }
      if (isTooLarge(error)) {
        await this.#giveUp(
          workflow,
          "the workflow's status has become too large to be stored: make fewer or smaller steps",
        );
        return false;
      }
      throw error;
    }
  }

  /** Ends a workflow whose next status cannot be stored, with the last one that could. */
  async #giveUp(workflow: Workflow, message: string): Promise<void> {
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

// Tells each tenant's people once a day what waits for their answer, at the time that the stack's config says.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { DIGEST_URL_KEY, type Digest, type Digests } from "@agentic/api/digest.ts";
import { NOTIFY_SECRET } from "@agentic/api/rbac.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import { keyOf } from "@agentic/kube/controller/object.ts";
import type { Logger } from "pino";
import { digestBody, idOf } from "./body.ts";
import { dueDay } from "./daily.ts";
import { WAITS_MS, waitBetween } from "./notifier.ts";
import { Permanent, Poster, type PosterOptions } from "./post.ts";

export interface DigestOptions extends PosterOptions {
  digests: Digests;
  /** Where the Leases are that say what was sent. */
  namespace: string;
  /** All workloads that may wait. */
  workloads: () => Iterable<AgentWorkload>;
  consoleUrl?: string | undefined;
  log: Logger;
  count?: (result: "delivered" | "failed") => void;
  /** Milliseconds since the epoch; default the system's clock. */
  now?: () => number;
  /** Milliseconds between two looks at the clock. */
  everyMs?: number;
}

interface Lease {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; resourceVersion?: string };
  spec: { holderIdentity?: string };
}

/** How far the digest of a tenant is. */
interface Progress {
  /** The day that needs nothing more. */
  done?: string;
  /** The day that is tried, how often it was, and when it is again. */
  tried?: { day: string; tries: number; notBefore: number };
}

/** The event of a digest. */
const EVENT = "Digest";

export class DigestSender {
  readonly #options: DigestOptions;
  readonly #poster: Poster;
  /** By namespace. */
  readonly #progress = new Map<string, Progress>();

  constructor(options: DigestOptions) {
    this.#options = options;
    this.#poster = new Poster(options);
  }

  /** Sends until the signal aborts. Only the operator that leads does. */
  async run(signal: AbortSignal): Promise<void> {
    const { everyMs = 20_000, digests } = this.#options;
    if (Object.keys(digests).length === 0) return;
    while (!signal.aborted) {
      await this.sendDue(signal);
      await new Promise<void>((resolve) => {
        if (signal.aborted) return resolve();
        const end = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", end);
          resolve();
        };
        const timer = setTimeout(end, everyMs);
        signal.addEventListener("abort", end);
      });
    }
  }

  /** Sends the digests that are due and haven't been sent. */
  async sendDue(signal: AbortSignal): Promise<void> {
    const all = Object.entries(this.#options.digests);
    await Promise.all(all.map(([namespace, digest]) => this.#sendIfDue(namespace, digest, signal)));
  }

  async close(): Promise<void> {
    await this.#poster.close();
  }

  async #sendIfDue(namespace: string, digest: Digest, signal: AbortSignal): Promise<void> {
    const { log, count, now: clock = Date.now } = this.#options;
    const now = clock();
    const day = dueDay(digest, now);
    const { done, tried } = this.#progress.get(namespace) ?? {};
    const tries = tried?.day === day ? tried : undefined;
    if (day === undefined || done === day || (tries && now < tries.notBefore)) return;
    try {
      await this.#send(namespace, { digest, day, now }, signal);
      this.#progress.set(namespace, { done: day });
    } catch (error) {
      if (signal.aborted) return;
      const made = (tries?.tries ?? 0) + 1;
      const wait = error instanceof Permanent ? undefined : WAITS_MS[made - 1];
      const next = wait !== undefined && { day, tries: made, notBefore: now + waitBetween(wait, error) };
      this.#progress.set(namespace, next ? { tried: next } : { done: day });
      if (!next) count?.("failed");
      log.warn({ tenant: namespace, error: (error as Error).message, again: Boolean(next) }, "digest");
    }
  }

  /** Sends the day's, unless an operator before this one has. */
  async #send(
    namespace: string,
    { digest: { format }, day, now }: { digest: Digest; day: string; now: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { log, count, consoleUrl } = this.#options;
    const lease = await this.#lease(namespace);
    if (lease?.spec.holderIdentity === day) return;
    const waiting = this.#waiting(namespace);
    if (waiting.length > 0) {
      const { url, isSigned } = await this.#receiver(namespace);
      const delivery = idOf([namespace, url, EVENT, day]);
      const body = digestBody(delivery, { event: EVENT, namespace, format, waiting }, { consoleUrl, now });
      const key = isSigned ? {} : undefined;
      await this.#poster.post({ url, namespace, delivery, event: EVENT, body, key }, signal);
      count?.("delivered");
    }
    await this.#note(namespace, lease, day);
    log.info({ tenant: namespace, waiting: waiting.length }, "digest");
  }

  /** What waits for people there; what is denied next comes first. */
  #waiting(namespace: string): AgentWorkload[] {
    const end = ({ status }: AgentWorkload) => status?.approval?.expiresAt ?? "9";
    return [...this.#options.workloads()]
      .filter(({ metadata, status }) => metadata.namespace === namespace && status?.phase === "AwaitingApproval")
      .sort((a, b) => (end(a) < end(b) ? -1 : end(a) > end(b) ? 1 : keyOf(a) < keyOf(b) ? -1 : 1));
  }

  /** Where the tenant's digest goes, and whether its Secret has a key that signs it. */
  async #receiver(namespace: string): Promise<{ url: string; isSigned: boolean }> {
    const path = `/api/v1/namespaces/${namespace}/secrets/${NOTIFY_SECRET}`;
    const { data = {} } = await this.#options.client.get<{ data?: Record<string, string> }>(path);
    const url = Buffer.from(data[DIGEST_URL_KEY] ?? "", "base64")
      .toString()
      .trim();
    if (!url) throw new Error(`Secret ${namespace}/${NOTIFY_SECRET} has no key ${DIGEST_URL_KEY}`);
    return { url, isSigned: data.key !== undefined };
  }

  get #leases(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${this.#options.namespace}/leases`;
  }

  /** The Lease that says which day's digest was the last. */
  async #lease(namespace: string): Promise<Lease | undefined> {
    try {
      return await this.#options.client.get<Lease>(`${this.#leases}/${leaseName(namespace)}`);
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  async #note(tenant: string, lease: Lease | undefined, day: string): Promise<void> {
    const { client, namespace } = this.#options;
    const name = leaseName(tenant);
    const spec = { holderIdentity: day };
    if (lease) await client.replace(`${this.#leases}/${name}`, { ...lease, spec });
    else {
      const created = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name, namespace }, spec };
      await client.create(this.#leases, created);
    }
  }
}

const leaseName = (namespace: string): string => `digest-${namespace}`;

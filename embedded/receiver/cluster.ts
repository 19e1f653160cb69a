// What the receiver asks of the API server: to create AgentWorkloads, and to remember deliveries.
import { createHash } from "node:crypto";
import { AGENT_WORKLOAD, API_GROUP, API_GROUP_VERSION } from "@agentic/api/names.ts";
import { type NewWorkload, SIGNED } from "@agentic/api/webhook.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import { Client } from "@agentic/kube/client/client.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";

/** The created object. */
export interface Created {
  metadata?: { name?: string; uid?: string; annotations?: Record<string, string> };
}

/** Whom a signed event is for, and its `webhook-id`. */
export interface SignedDelivery {
  tenant: string;
  id: string;
}

const timeoutMs = 10_000;

/** Label of a remembered delivery: the period in which it came, counted from 1970. */
const PERIOD_LABEL = `${API_GROUP}/delivery-period`;

/** From the earliest moment at which a signature is good to the last one. A delivery is remembered for this at least. */
const periodMs = 2 * SIGNED.toleranceSeconds * 1000;

export class Cluster {
  readonly #client: Client;
  readonly #leases: string;
  /** The last one in which deliveries were remembered. */
  #period = 0;

  /** `namespace` is where deliveries are remembered. */
  constructor(connection: Connection, namespace: string) {
    this.#leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
    this.#client = new Client(connection, {
      userAgent: "agentic-event-receiver",
      connections: 16,
      timeoutMs,
      // A retry could make a second workload for one event; instead the sender is told to try again.
      retry: () => undefined,
    });
  }

  /**
   * Creates the workload; a field that its kind doesn't have is an error. Throws an ApiError where it is refused, and the
   * transport's error where no answer comes.
   */
  create(workload: NewWorkload): Promise<Created> {
    const path = `/apis/${API_GROUP_VERSION}/namespaces/${workload.metadata.namespace}/${AGENT_WORKLOAD.plural}`;
    return this.#client.create(path, workload, { query: { fieldValidation: "Strict", fieldManager: "webhook" } });
  }

  /** Whether a delivery has made its workload within the time for which its signature is good. */
  async isKnown(delivery: SignedDelivery): Promise<boolean> {
    try {
      await this.#client.get(`${this.#leases}/${leaseOf(delivery)}`);
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      throw error;
    }
  }

  /**
   * Remembers a delivery, also when its workload is deleted, in a Lease, which every replica reads. Whoever is the first in a
   * period to do so removes those that are older than the one before.
   */
  async remember(delivery: SignedDelivery, now: number): Promise<void> {
    const period = Math.floor(now / periodMs);
    const lease = { metadata: { name: leaseOf(delivery), labels: { [PERIOD_LABEL]: String(period) } } };
    await this.#client.create(this.#leases, lease).catch((error: unknown) => {
      if (!isStatus(error, 409)) throw error;
    });
    if (period === this.#period) return;
    const labelSelector = `${PERIOD_LABEL},${PERIOD_LABEL} notin (${period - 1},${period})`;
    await this.#client.request("DELETE", this.#leases, { query: { labelSelector } });
    this.#period = period;
  }

  async close(): Promise<void> {
    await this.#client.destroy();
  }
}

function leaseOf({ tenant, id }: SignedDelivery): string {
  return `delivery-${createHash("sha256").update(`${tenant}/${id}`).digest("hex").slice(0, 40)}`;
}

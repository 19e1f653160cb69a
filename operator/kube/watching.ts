// How each of the operator's informers reads: by its client, and with each failure of a watch in the metrics and the log.
import type { KubeApi } from "@agentic/kube/client/client.ts";
import type { Logger } from "pino";
import type { Metrics } from "../metrics/metrics.ts";

export interface WatchingOptions {
  client: KubeApi;
  metrics: Pick<Metrics, "watchErrors">;
  log: Logger;
}

/** What informers of each resource have in common; `resource` is its plural. */
export const watching =
  ({ client, metrics, log }: WatchingOptions) =>
  (resource: string) => ({
    client,
    onError: (error: Error) => {
      metrics.watchErrors.inc({ resource });
      log.warn({ resource, error: error.message }, "watch failed; listing again");
    },
  });

// An API server without a node for all tests of a file, with a client of it.
import { afterAll, beforeAll } from "vitest";
import { Cluster } from "../../../embedded/deploy/kubernetes/cluster.ts";
import type { ApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";

export interface BareCluster {
  server: ApiServer;
  cluster: Cluster;
}

/** Starts it before the file's tests, which hear of it by `take`, and stops it after them. */
export function bareCluster(
  take: (started: BareCluster) => void,
  options?: Parameters<typeof borrowApiServer>[0],
): void {
  const ends: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    const server = await borrowApiServer(options);
    ends.push(() => server.stop());
    const cluster = new Cluster(server.kubeconfig);
    ends.push(() => cluster.close());
    take({ server, cluster });
  });
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });
}

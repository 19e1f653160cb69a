// A state that doesn't fit into a Secret is refused before the API server is asked.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Cluster } from "../../../embedded/deploy/kubernetes/cluster.ts";
import { clusterStore } from "../../../embedded/deploy/state.ts";

let requests = 0;
const server = createServer((_, response) => {
  requests++;
  response.writeHead(403).end("{}");
});
let cluster: Cluster;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kubeconfig = {
    "current-context": "a",
    contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    clusters: [{ name: "a", cluster: { server: url } }],
    users: [{ name: "a", user: {} }],
  };
  cluster = new Cluster(JSON.stringify(kubeconfig, null, 2));
});
afterAll(async () => {
  await cluster.close();
  server.close();
});

/** A state with one output of incompressible bytes. */
const stateOf = (bytes: number) => ({
  resources: {},
  outputs: { data: randomBytes(bytes).toString("latin1") },
  secretOutputs: [],
});

test("a state of more than 1 MiB is refused with its size and the way out, and nothing is sent", async () => {
  const saving = clusterStore(cluster, "shop", "dev").save(stateOf(2 << 20));
  await expect(saving).rejects.toThrow(
    /the state of the stack shop\/dev has \d+ bytes when compressed.*at most 1048576: divide the program/,
  );
  expect(requests).toBe(0);
});

test("a state of half a MiB is sent", async () => {
  const saving = clusterStore(cluster, "shop", "dev").save(stateOf(1 << 19));
  await expect(saving).rejects.not.toThrow(/bytes when compressed/);
  expect(requests).toBeGreaterThan(0);
});

// The last question before a change: a change that may not be made any more is never sent, wherever it waits.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Transport } from "@agentic/kube/connection/transport.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Cluster, Stopped } from "../../../embedded/deploy/kubernetes/cluster.ts";

const calls: string[] = [];
let answer = Promise.resolve();
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk));
  request.on("end", () => {
    calls.push(`${request.method} ${request.url} ${body}`);
    void answer.then(() => response.end("{}"));
  });
});
let url = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const passes = async () => {};
const fails = async () => {
  throw new Stopped("not any more");
};

test("a request whose fence lets it pass arrives whole, in any script", async () => {
  const transport = new Transport({ server: url });
  calls.length = 0;
  const { statusCode } = await transport.request({ method: "PUT", path: "/whole", body: '{"a":"é𝄞"}', fence: passes });
  expect([statusCode, calls]).toEqual([200, ['PUT /whole {"a":"é𝄞"}']]);
  await transport.destroy();
});

test("a request that waited for a free connection asks when its turn comes, and nothing of it is sent where it is too late", async () => {
  const transport = new Transport({ server: url }, { connections: 1 });
  calls.length = 0;
  let release = () => {};
  answer = new Promise((resolve) => {
    release = resolve;
  });
  let isHeld = true;
  const fence = async () => {
    if (!isHeld) throw new Stopped("not any more");
  };
  const first = transport.request({ method: "PUT", path: "/first", body: "{}", fence });
  const second = transport.request({ method: "PUT", path: "/second", body: "{}", fence });
  await expect.poll(() => calls).toEqual(["PUT /first {}"]);
  isHeld = false;
  release();
  await (await first).body.dump();
  await expect(second).rejects.toThrow(Stopped);
  // The connection is of use for the next one.
  await transport.request({ method: "PUT", path: "/third", body: "{}", fence: passes });
  expect(calls).toEqual(["PUT /first {}", "PUT /third {}"]);
  await transport.destroy();
});

test("every change asks, each time that it is tried; what changes nothing doesn't", async () => {
  const kubeconfig = JSON.stringify({
    "current-context": "a",
    contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    clusters: [{ name: "a", cluster: { server: url } }],
    users: [{ name: "a", user: {} }],
  });
  const discovery = { items: [{ versions: [{ version: "v1", resources: [configMaps] }] }] };
  let attempts = 0;
  const api = createServer((request, response) => {
    if (request.url === "/api") return void response.end(JSON.stringify(discovery));
    if (request.url === "/apis") return void response.end('{"items":[]}');
    attempts++;
    response.statusCode = request.method === "GET" || request.url?.includes("dryRun") ? 200 : 503;
    response.end("{}");
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  const cluster = new Cluster(kubeconfig.replace(url, `http://127.0.0.1:${(api.address() as AddressInfo).port}`));
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m", namespace: "default" } };
  const target = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "m" };
  let failuresLeft = 0;
  cluster.fence = async () => {
    if (failuresLeft-- <= 0) await fails();
  };
  await cluster.get(target);
  await cluster.apply(object, { manager: "test", force: true, dryRun: true });
  expect(attempts).toBe(2);
  for (const change of [
    () => cluster.apply(object, { manager: "test", force: true }),
    () => cluster.create(object, "test"),
    () => cluster.replace(object, "test"),
    () => cluster.delete(target),
    () => cluster.setManagedFields(object, []),
  ]) {
    attempts = 0;
    failuresLeft = 0;
    await expect(change()).rejects.toThrow(Stopped);
    expect(attempts).toBe(0);
    // A first try goes out (it is asked before, and when its turn comes); its second one is too late.
    failuresLeft = 2;
    await expect(change()).rejects.toThrow(Stopped);
    expect(attempts).toBe(1);
  }
  await cluster.close();
  api.close();
});

const configMaps = { resource: "configmaps", scope: "Namespaced", responseKind: { kind: "ConfigMap" } };

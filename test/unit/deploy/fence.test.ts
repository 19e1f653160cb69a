// The last question before a change: a change that may not be made any more is never sent, wherever it waits.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Transport } from "@agentic/kube/connection/transport.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Cluster, Stopped } from "../../../embedded/deploy/kubernetes/cluster.ts";

const asked: string[] = [];
let answer = Promise.resolve();
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk));
  request.on("end", () => {
    asked.push(`${request.method} ${request.url} ${body}`);
    void answer.then(() => response.end("{}"));
  });
});
let url = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const fine = async () => {};
const stopped = async () => {
  throw new Stopped("not any more");
};

test("a request whose fence lets it pass arrives whole, in any script", async () => {
  const transport = new Transport({ server: url });
  asked.length = 0;
  const { statusCode } = await transport.request({ method: "PUT", path: "/whole", body: '{"a":"é𝄞"}', fence: fine });
  expect([statusCode, asked]).toEqual([200, ['PUT /whole {"a":"é𝄞"}']]);
  await transport.destroy();
});

test("a request that waited for a free connection asks when its turn comes, and nothing of it is sent where it is too late", async () => {
  const transport = new Transport({ server: url }, { connections: 1 });
  asked.length = 0;
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
  await expect.poll(() => asked).toEqual(["PUT /first {}"]);
  isHeld = false;
  release();
  await (await first).body.dump();
  await expect(second).rejects.toThrow(Stopped);
  // The connection is of use for the next one.
  await transport.request({ method: "PUT", path: "/third", body: "{}", fence: fine });
  expect(asked).toEqual(["PUT /first {}", "PUT /third {}"]);
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
  let tries = 0;
  const api = createServer((request, response) => {
    if (request.url === "/api") return void response.end(JSON.stringify(discovery));
    if (request.url === "/apis") return void response.end('{"items":[]}');
    tries++;
    response.statusCode = request.method === "GET" || request.url?.includes("dryRun") ? 200 : 503;
    response.end("{}");
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  const cluster = new Cluster(kubeconfig.replace(url, `http://127.0.0.1:${(api.address() as AddressInfo).port}`));
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m", namespace: "default" } };
  const target = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "m" };
  let left = 0;
  cluster.fence = async () => {
    if (left-- <= 0) await stopped();
  };
  await cluster.get(target);
  await cluster.apply(object, { manager: "test", force: true, dryRun: true });
  expect(tries).toBe(2);
  for (const change of [
    () => cluster.apply(object, { manager: "test", force: true }),
    () => cluster.create(object, "test"),
    () => cluster.replace(object, "test"),
    () => cluster.delete(target),
    () => cluster.setManagedFields(object, []),
  ]) {
    tries = 0;
    left = 0;
    await expect(change()).rejects.toThrow(Stopped);
    expect(tries).toBe(0);
    // A first try goes out (it is asked before, and when its turn comes); its second one is too late.
    left = 2;
    await expect(change()).rejects.toThrow(Stopped);
    expect(tries).toBe(1);
  }
  await cluster.close();
  api.close();
});

const configMaps = { resource: "configmaps", scope: "Namespaced", responseKind: { kind: "ConfigMap" } };

// An agent's object store on Cloud Storage, with tokens of the pod's identity.
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSettings } from "../../../agents/core/config.ts";
import { googleEndpoint, isGoogle, podToken } from "../../../agents/core/google.ts";
import { artifactStore } from "../../../agents/core/store.ts";

/** A request that a server got. */
interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
}

interface Fake {
  url: string;
  requests: Seen[];
  answer: (request: Seen) => { status: number; body?: string };
  server: Server;
}

async function fake(answer: Fake["answer"]): Promise<Fake> {
  const fake = { requests: [] as Seen[], answer } as unknown as Fake;
  fake.server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method = "", url = "", headers } = request;
    const received = { method, url, headers, body: Buffer.concat(parts).toString() };
    fake.requests.push(received);
    const { status, body } = fake.answer(received);
    response.writeHead(status, { "content-type": "application/xml" }).end(body);
  });
  await new Promise<void>((resolve) => fake.server.listen(0, "127.0.0.1", resolve));
  fake.url = `http://127.0.0.1:${(fake.server.address() as AddressInfo).port}`;
  return fake;
}

let metadata: Fake;
let storage: Fake;
let objects: Map<string, string>;
beforeEach(async () => {
  objects = new Map();
  metadata = await fake(() => ({ status: 200, body: JSON.stringify({ access_token: "ya29.t", expires_in: 3600 }) }));
  storage = await fake(({ method, url, body }) => {
    if (method === "PUT") objects.set(url, body);
    const object = objects.get(url);
    return method === "PUT" || object !== undefined
      ? { status: 200, body: object ?? "" }
      : { status: 403, body: denied };
  });
});
afterEach(() => {
  for (const { server } of [metadata, storage]) {
    server.closeAllConnections();
    server.close();
  }
});

const denied = "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access denied.</Message></Error>";

const store = () =>
  artifactStore(
    readSettings("scrape", {
      JOB_ID: "j",
      ARTIFACT_PREFIX: "job_j",
      OBJECTIVE: "o",
      TARGET_URLS: '["http://a.test"]',
      BUCKET: "acme-artifacts",
      BROWSERLESS_URL: "ws://b",
      LITELLM_URL: "http://l",
      OBJECT_STORE_URL: "gs://storage.googleapis.com",
      POSTGRES_DSN: "postgresql://p",
    }),
    { withinMs: 0 },
    { metadata: metadata.url, storage: storage.url },
  );

describe("the agents' object store on Google Cloud", () => {
  it("writes and reads with the pod's token, and nothing of Amazon's", async () => {
    const artifacts = store();
    const stored = await artifacts.put("analysis.json", '{"a":1}', "application/json");
    expect(stored).toEqual({
      uri: "s3://acme-artifacts/job_j/analysis.json",
      digest: "sha256:015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
      bytes: 7,
    });
    expect(Buffer.from(await artifacts.get(stored.uri)).toString()).toBe('{"a":1}');
    expect(storage.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "PUT /acme-artifacts/job_j/analysis.json",
      "GET /acme-artifacts/job_j/analysis.json",
    ]);
    expect(storage.requests[0]?.body).toBe('{"a":1}');
    expect(storage.requests[0]?.headers["content-type"]).toBe("application/json");
    for (const { headers } of storage.requests) {
      expect(headers.authorization).toBe("Bearer ya29.t");
      expect(Object.keys(headers).filter((name) => /^(x-amz|amz)-/.test(name))).toEqual([]);
    }
  });

  it("asks the metadata server once, as Google wants to be asked", async () => {
    const artifacts = store();
    await Promise.all(["a", "b", "c"].map((name) => artifacts.put(name, "x", "text/plain")));
    expect(metadata.requests).toHaveLength(1);
    expect(metadata.requests[0]?.headers["metadata-flavor"]).toBe("Google");
    expect(metadata.requests[0]?.url).toBe("/computeMetadata/v1/instance/service-accounts/default/token");
  });

  it("says where to look when it is refused", async () => {
    storage.answer = () => ({ status: 403, body: denied });
    await expect(store().put("a", "x", "text/plain")).rejects.toThrow(
      "put s3://acme-artifacts/job_j/a: the object store refused (AccessDenied): check the bucket's IAM bindings",
    );
  });

  it("calls it transient while the metadata server doesn't know the pod yet", async () => {
    metadata.answer = () => ({ status: 404 });
    await expect(store().put("a", "x", "text/plain")).rejects.toMatchObject({ name: "TransientError" });
    metadata.answer = () => ({ status: 200, body: "{}" });
    await expect(podToken(metadata.url)()).rejects.toThrow("its answer lacks access_token or expires_in");
    await expect(podToken("http://127.0.0.1:1")()).rejects.toThrow("doesn't answer");
  });

  it("fetches a new token before the old one ends", async () => {
    let now = 0;
    const token = podToken(metadata.url, () => now);
    await token();
    now = 3600_000 - 121_000;
    await token();
    expect(metadata.requests).toHaveLength(1);
    now = 3600_000 - 119_000;
    await token();
    expect(metadata.requests).toHaveLength(2);
  });

  it("is meant by the scheme of the URL alone", () => {
    expect(isGoogle("gs://storage.googleapis.com")).toBe(true);
    expect(isGoogle("https://storage.googleapis.com")).toBe(false);
    expect(googleEndpoint("gs://storage.googleapis.com")).toBe("https://storage.googleapis.com");
  });
});

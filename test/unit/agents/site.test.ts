// The sample site: its server, and the objects that bring it into a cluster.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AccessLogEntry, siteServer } from "../../../agents/serve.ts";
import { SITE_URL, sampleSite } from "../../../examples/site/manifests.ts";
import { listen, type Running } from "../../integration/agents/services.ts";

describe("the server", () => {
  let dir: string;
  let site: Running & { port: number };
  const log: AccessLogEntry[] = [];
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "site-"));
    mkdirSync(join(dir, "root", "..data"), { recursive: true });
    writeFileSync(join(dir, "root", "..data", "page"), "<p>hi");
    symlinkSync("..data/page", join(dir, "root", "index.html"));
    writeFileSync(join(dir, "secret.txt"), "secret");
    symlinkSync("../secret.txt", join(dir, "root", "out.txt"));
    const server = siteServer(join(dir, "root"), (entry) => log.push(entry));
    site = await listen((incoming, response) => server.emit("request", incoming, response));
  });
  afterAll(async () => {
    await site.stop();
    rmSync(dir, { recursive: true });
  });
  // fetch() would tidy the path up.
  const get = (path: string, method = "GET") =>
    new Promise<{ status?: number; type?: string; body: string }>((resolve, reject) => {
      request({ port: site.port, host: "127.0.0.1", path, method, headers: { "user-agent": "test" } }, (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on("end", () => {
          const { statusCode, headers } = response;
          resolve({
            body,
            ...(statusCode ? { status: statusCode } : {}),
            ...(headers["content-type"] ? { type: headers["content-type"] } : {}),
          });
        });
      })
        .on("error", reject)
        .end();
    });

  test("serves files, through the links that a ConfigMap consists of", async () =>
    expect(await get("/")).toEqual({ status: 200, type: "text/html; charset=utf-8", body: "<p>hi" }));
  test("answers HEAD without a body, and nothing but reading", async () => {
    expect(await get("/index.html?x=1", "HEAD")).toMatchObject({ status: 200, body: "" });
    expect(await get("/", "POST")).toMatchObject({ status: 405 });
  });
  test.each(["/../secret.txt", "/%2e%2e/secret.txt", "/out.txt", "/nope", "/%", "/..data"])(
    "%s is not found",
    async (path) => expect(await get(path)).toMatchObject({ status: 404 }),
  );
  test("logs what it was asked for, but no health checks", async () => {
    log.length = 0;
    await get("/healthz");
    await get("/index.html?x");
    expect(log).toEqual([
      { time: expect.any(String), method: "GET", path: "/index.html", status: 200, bytes: 5, userAgent: "test" },
    ]);
  });
});

describe("sampleSite", () => {
  const objects = sampleSite({ image: "registry.local/agents:1" });
  const kinds = objects.map(({ kind }) => kind);
  const text = JSON.stringify(objects);

  test("has its own restricted namespace first, and everything in it", () => {
    expect(kinds).toEqual([
      "Namespace",
      "ConfigMap",
      "ServiceAccount",
      "Service",
      "Deployment",
      "NetworkPolicy",
      "NetworkPolicy",
    ]);
    expect(objects[0]?.metadata.labels).toMatchObject({ "pod-security.kubernetes.io/enforce": "restricted" });
    expect(new Set(objects.slice(1).map(({ metadata }) => metadata.namespace))).toEqual(new Set(["sample-site"]));
    expect(SITE_URL).toBe("http://site.sample-site:8080");
  });
  test("serves every file of the content folder at its own path", () => {
    for (const path of ["index.html", "robots.txt", "images/offer.png", "private/plan.html"])
      expect(text).toContain(`"path":"${path}"`);
    const content = objects.find(({ kind }) => kind === "ConfigMap") as
      | { binaryData?: Record<string, string> }
      | undefined;
    expect(
      Buffer.from(content?.binaryData?.["images--offer.png"] ?? "", "base64")
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
    expect(text.length).toBeLessThan(1024 * 1024);
  });
  test("runs the image that it is given, as Pod Security asks", () => {
    expect(text).toContain('"image":"registry.local/agents:1"');
    for (const part of [
      '"runAsNonRoot":true',
      '"readOnlyRootFilesystem":true',
      '"drop":["ALL"]',
      '"automountServiceAccountToken":false',
    ])
      expect(text).toContain(part);
  });
});

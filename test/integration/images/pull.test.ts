// Pulls images from a registry on loopback that stands in for upstream's, with what can go wrong on the way.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Archive } from "../../../embedded/images/archive.ts";
import { readManifest } from "../../../embedded/images/publish/archived.ts";
import { publishable } from "../../../embedded/images/publish/publish.ts";
import { Registry } from "../../../embedded/images/publish/registry.ts";
import { pullImages } from "../../../embedded/images/pull.ts";
import { registryBuild } from "../../../embedded/images/recipes/go.ts";
import { ensureGoProgram } from "../../../embedded/node/build.ts";
import { importArchives } from "../../../embedded/node/containerd.ts";
import { startContainerd } from "../containerd.ts";
import { freePort } from "../ports.ts";

const host = "images.example";
const digestOf = (bytes: Buffer) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

let dir: string;
let child: ChildProcess;
let registry: Registry;
let front: Server;
/** What the front does to a request before the registry sees it; true where it has answered by itself. */
let fault: (path: string, response: ServerResponse) => boolean = () => false;
let requestedPaths: string[] = [];
const saved = { ...process.env };

const ownArchitecture = process.arch === "x64" ? "amd64" : process.arch;

/** Puts an image with one layer of `size` bytes into the registry; returns its digest. */
async function put(repository: string, tag: string, size = 64, architecture = ownArchitecture): Promise<string> {
  const tar = pack();
  tar.entry({ name: "content" }, Buffer.alloc(size, `${repository} ${tag} `));
  tar.finalize();
  const layer = await buffer(tar);
  const config = Buffer.from(
    JSON.stringify({ architecture, os: "linux", rootfs: { type: "layers", diff_ids: [digestOf(layer)] } }),
  );
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: await registry.putBytes(repository, "application/vnd.oci.image.config.v1+json", config),
      layers: [await registry.putBytes(repository, "application/vnd.oci.image.layer.v1.tar", layer)],
    }),
  );
  await registry.putManifest(repository, tag, mediaType, manifest);
  return digestOf(manifest);
}

const isOwn = (name: string) => name.includes(`-${process.pid}-`);

const pull = (images: { ref: string; digest?: string }[], idleTimeout = 60_000) =>
  pullImages({ images, mirrors: join(dir, "mirrors"), idleTimeout });

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "pull-"));
  process.env.XDG_CACHE_HOME = join(dir, "cache");
  process.env.XDG_STATE_HOME = join(dir, "state");
  const [port, frontPort] = [await freePort(), await freePort()];
  writeFileSync(
    join(dir, "config.yml"),
    JSON.stringify({
      version: 0.1,
      log: { level: "error", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(dir, "data") } },
      http: { addr: `127.0.0.1:${port}` },
    }),
  );
  child = spawn(await registryProgram(), ["serve", join(dir, "config.yml")], {
    stdio: "ignore",
    env: { ...process.env, OTEL_TRACES_EXPORTER: "none" },
  });
  registry = new Registry({ host: "127.0.0.1", port, name: "127.0.0.1" });
  for (let tries = 0; ; tries++)
    try {
      await registry.hasManifest("any/thing", "none");
      break;
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  front = createServer((incoming, response) => {
    const path = incoming.url ?? "";
    requestedPaths.push(path);
    if (fault(path, response)) return;
    const { headers, method } = incoming;
    const forwarded = request({ host: "127.0.0.1", port, path, headers, method }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    forwarded.on("error", () => response.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => front.listen(frontPort, "127.0.0.1", resolve));
  mkdirSync(join(dir, "mirrors", host), { recursive: true });
  writeFileSync(
    join(dir, "mirrors", host, "hosts.toml"),
    `server = "http://127.0.0.1:${frontPort}"\n[host."http://127.0.0.1:${frontPort}"]\n  capabilities = ["pull", "resolve"]\n`,
  );
});

/** Puts images for this kind of machine and for another one under one tag, as upstream publishes them; returns the digest of their list. */
async function putIndex(repository: string, tag: string): Promise<string> {
  const mediaType = "application/vnd.oci.image.index.v1+json";
  const kinds = { here: ownArchitecture, other: ownArchitecture === "arm64" ? "amd64" : "arm64" };
  const manifests = await Promise.all(
    Object.entries(kinds).map(async ([name, architecture]) => {
      const digest = await put(repository, name, 64, architecture);
      const { length: size } = (await registry.manifest(repository, digest)) ?? [];
      const type = "application/vnd.oci.image.manifest.v1+json";
      return { mediaType: type, digest, size, platform: { architecture, os: "linux" } };
    }),
  );
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  await registry.putManifest(repository, tag, mediaType, index);
  return digestOf(index);
}

/** Compiled with the caches of this machine, not with the test's own. */
async function registryProgram(): Promise<string> {
  const { XDG_CACHE_HOME } = process.env;
  process.env.XDG_CACHE_HOME = saved.XDG_CACHE_HOME;
  if (saved.XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
  try {
    return await ensureGoProgram(registryBuild());
  } finally {
    process.env.XDG_CACHE_HOME = XDG_CACHE_HOME;
  }
}

afterAll(() => {
  registry?.close();
  front?.closeAllConnections();
  front?.close();
  child?.kill();
  process.env = saved;
  rmSync(dir, { recursive: true, force: true });
});

beforeEach(() => {
  fault = () => false;
  requestedPaths = [];
});

describe("pulling images", () => {
  it("gives an archive that a node imports under the image's name, and asks nobody the next time", async () => {
    const digest = await put("team/app", "1");
    const images = [{ ref: `${host}/team/app:1`, digest }];
    const first = await pull(images);
    expect(first.missing).toEqual([]);
    expect(first.archives).toMatchObject([{ ref: `${host}/team/app:1`, digest }]);
    await using node = await startContainerd(join(dir, "nodes"));
    await node.ctr("images", "import", first.archives[0]?.path ?? "");
    expect(await node.ctr("images", "ls", "-q")).toContain(`${host}/team/app:1`);
    requestedPaths = [];
    expect(await pull(images)).toEqual(first);
    expect(requestedPaths).toEqual([]);
  });

  it("for several kinds of machines gives this one's, which a node imports and the platform's registry takes", async () => {
    const ref = `${host}/team/many-kinds:1`;
    const digest = await putIndex("team/many-kinds", "1");
    const { archives, missing } = await pull([{ ref, digest }]);
    expect(missing).toEqual([]);
    expect(archives).toMatchObject([{ ref, digest }]);
    expect(requestedPaths.filter((path) => path.includes("/many-kinds/blobs/"))).toHaveLength(2);
    await using node = await startContainerd(join(dir, "nodes"));
    expect(await importArchives(node.socket, archives)).toBe(1);
    const view = join(dir, "view");
    mkdirSync(view);
    await node.ctr("images", "mount", ref, view);
    expect(readFileSync(join(view, "content"), "utf8")).toContain("team/many-kinds here");
    await node.ctr("images", "unmount", "--rm", view);
    const [archive] = archives as [Archive];
    expect((await readManifest(await publishable(archive))).blobs).toHaveLength(2);
  });

  it("by two commands at once downloads once: the second waits, and finds the first one's archives", async () => {
    const images = [{ ref: `${host}/team/both:1`, digest: await put("team/both", "1", 1 << 20) }];
    const problems: string[] = [];
    const command = async () =>
      await pullImages({ images, mirrors: join(dir, "mirrors"), onProgress: (text) => problems.push(text) });
    const [first, second] = await Promise.all([command(), command()]);
    expect(first.archives).toHaveLength(1);
    expect(second).toEqual(first);
    expect(problems).toContain("waiting for another command that pulls images");
    const layers = requestedPaths.filter((path) => /both\/blobs/.test(path));
    expect(layers).toHaveLength(new Set(layers).size);
    expect(globSync("agentic-pull-*", { cwd: tmpdir() }).filter(isOwn)).toEqual([]);
  });

  it("keeps the content of the first pull of a tag whose digest isn't known, wherever the tag moves later", async () => {
    const digest = await put("team/moving", "stable");
    const images = [{ ref: `${host}/team/moving:stable` }];
    expect((await pull(images)).archives).toMatchObject([{ digest }]);
    await put("team/moving", "stable", 128);
    rmSync((await pull(images)).archives[0]?.path ?? "");
    expect((await pull(images)).archives).toMatchObject([{ digest }]);
  });

  it("pulls side by side and tells each image that can't be had, with the reason", async () => {
    const refs = await Promise.all(
      ["a", "b", "c"].map(async (name) => ({ ref: `${host}/many/${name}:1`, digest: await put(`many/${name}`, "1") })),
    );
    const { archives, missing } = await pull([...refs, { ref: `${host}/many/none:1` }]);
    expect(archives.map(({ ref }) => ref).sort()).toEqual(refs.map(({ ref }) => ref));
    expect(missing).toMatchObject([{ ref: `${host}/many/none:1`, reason: "not found" }]);
  });

  it("takes no other content than the digest says", async () => {
    const digest = await put("team/swapped", "1");
    await put("team/swapped", "2", 128);
    const other = await registry.manifest("team/swapped", "2");
    expect(other).toBeDefined();
    fault = (path, response) => {
      if (!path.includes(digest)) return false;
      response.writeHead(200, {
        "content-type": "application/vnd.oci.image.manifest.v1+json",
        "docker-content-digest": digest,
        "content-length": other?.length,
      });
      response.end(other);
      return true;
    };
    const { archives, missing } = await pull([{ ref: `${host}/team/swapped:1`, digest }]);
    expect(archives).toEqual([]);
    expect(missing).toMatchObject([{ reason: expect.stringMatching(/digest|size|verify/) }]);
  });

  it("goes on with a download that breaks off", async () => {
    const digest = await put("team/broken", "1", 4 << 20);
    const manifest = JSON.parse(String(await registry.manifest("team/broken", "1")));
    const { digest: layer, size } = manifest.layers[0];
    const content = await registry.blob("team/broken", layer);
    let brokenReads = 0;
    fault = (path, response) => {
      if (!path.includes(layer) || brokenReads++ > 0) return false;
      response.writeHead(200, { "content-length": size });
      response.write(content?.subarray(0, size / 2), () => response.destroy());
      return true;
    };
    const { archives, missing } = await pull([{ ref: `${host}/team/broken:1`, digest }]);
    expect(missing).toEqual([]);
    expect(archives).toMatchObject([{ digest }]);
    expect(brokenReads).toBeGreaterThan(1);
    expect(readFileSync(archives[0]?.path ?? "").length).toBeGreaterThan(4 << 20);
  });

  it("gives a registry up that hangs, while others are pulled from", async () => {
    const digest = await put("team/quick", "1");
    const openResponses: ServerResponse[] = [];
    fault = (path, response) => {
      if (!path.includes("/hung/")) return false;
      openResponses.push(response);
      return true;
    };
    const { archives, missing } = await pull(
      [{ ref: `${host}/hung/app:1` }, { ref: `${host}/team/quick:1`, digest }],
      1500,
    );
    for (const response of openResponses) response.destroy();
    expect(openResponses.length).toBeGreaterThan(0);
    expect(archives).toMatchObject([{ ref: `${host}/team/quick:1` }]);
    expect(missing).toEqual([{ ref: `${host}/hung/app:1`, reason: "its registry sent nothing for 1.5 s" }]);
  });
});

// The bundle folder: what is found in it, and what is said about what can't be used.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { images } from "../../../components/images.ts";
import { argoRefs, bundle, bundleDir, bundledDatabase } from "../../../embedded/images/bundle.ts";
import { buildImages } from "../../../embedded/images/images.ts";
import { fullName } from "../../../embedded/images/names.ts";

let folder: string;
let dir: string;
const saved = { cache: process.env.XDG_CACHE_HOME, data: process.env.XDG_DATA_HOME, bundle: process.env.BUNDLE };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bundle-"));
  dir = join(folder, "bundle");
  mkdirSync(dir);
  process.env.XDG_CACHE_HOME = join(folder, "cache");
  delete process.env.BUNDLE;
});

afterEach(() => {
  for (const [name, value] of [
    ["XDG_CACHE_HOME", saved.cache],
    ["XDG_DATA_HOME", saved.data],
    ["BUNDLE", saved.bundle],
  ] as const)
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  rmSync(folder, { recursive: true, force: true });
});

async function tar(files: Record<string, unknown>): Promise<Buffer> {
  const stream = pack();
  for (const [name, value] of Object.entries(files))
    stream.entry({ name }, typeof value === "string" ? value : JSON.stringify(value));
  stream.finalize();
  return await buffer(stream);
}

const docker = (...refs: string[]) =>
  tar({ "manifest.json": [{ Config: "c.json", RepoTags: refs, Layers: ["l"] }], "c.json": {}, l: {} });
const oci = (ref: string, digest = "sha256:1") =>
  tar({ "index.json": { manifests: [{ digest, annotations: { "io.containerd.image.name": ref } }] } });
const put = (name: string, content: Buffer | string) => writeFileSync(join(dir, name), content);

describe("a database of vulnerabilities", () => {
  const name = (made: number) => `vulnerability-db_v6.1.9_2026-11-20T17:24:53Z_${made}.tar.zst`;

  test("is the newest one, and none of them an image", async () => {
    expect(await bundledDatabase(dir)).toBeUndefined();
    for (const made of [9, 100, 20]) put(name(made), "none");
    expect(await bundledDatabase(dir)).toBe(join(dir, name(100)));
    expect(await bundle(dir)).toEqual([]);
  });

  test("of another format is named", async () => {
    put("vulnerability-db_v5_2025-01-01.tar.gz", "old");
    await expect(bundledDatabase(dir)).rejects.toThrow(/vulnerability-db_v5_.*is not a database of grype's format 6/);
  });
});

describe("archives", () => {
  test("are read as tar, gzip and zstd, from Docker and OCI, each under its full name", async () => {
    put("a.tar", await docker("busybox:1", "example.com/b:2"));
    put("b.tar.gz", gzipSync(await oci("quay.io/x/y:3")));
    put("c.tar.zst", zstdCompressSync(await oci("me/z:4")));
    put("README.txt", "no archive");
    const archives = await bundle(dir);
    expect(archives.map(({ ref }) => ref)).toEqual([
      "docker.io/library/busybox:1",
      "example.com/b:2",
      "quay.io/x/y:3",
      "docker.io/me/z:4",
    ]);
    expect(archives[0]?.path).toBe(join(dir, "a.tar"));
    expect(await bundle(dir)).toEqual(archives);
  });

  test("that are none are named, with what is wrong", async () => {
    put("bad.tar", "this is no tar, but long enough to be taken for the header of one".repeat(20));
    await expect(bundle(dir)).rejects.toThrow(/bad\.tar can't be read/);
  });

  test("that end early are named", async () => {
    put("cut.tar.gz", gzipSync(await docker("a/b:1")).subarray(0, 60));
    await expect(bundle(dir)).rejects.toThrow(/cut\.tar\.gz can't be read/);
  });

  test("that are tars of something else are named", async () => {
    put("other.tar", await tar({ "file.txt": "hello" }));
    await expect(bundle(dir)).rejects.toThrow(/other\.tar is not a valid image archive/);
  });

  test("without a name are refused", async () => {
    put("id.tar", await tar({ "manifest.json": [{ Config: "c", RepoTags: null, Layers: [] }] }));
    await expect(bundle(dir)).rejects.toThrow(/id\.tar holds an image without a name/);
    rmSync(join(dir, "id.tar"));
    put(
      "tag.tar",
      await tar({
        "index.json": { manifests: [{ digest: "d", annotations: { "org.opencontainers.image.ref.name": "v1" } }] },
      }),
    );
    await expect(bundle(dir)).rejects.toThrow(/tag\.tar holds an image without its full name/);
  });

  test("with a damaged list are named", async () => {
    put("json.tar", await tar({ "manifest.json": "[{" }));
    await expect(bundle(dir)).rejects.toThrow(/json\.tar is damaged/);
  });

  test("of one name with different content are refused", async () => {
    put("a.tar", await oci("x.io/y:1", "sha256:1"));
    put("b.tar", await oci("x.io/y:1", "sha256:2"));
    await expect(bundle(dir)).rejects.toThrow(/both hold x\.io\/y:1/);
  });
});

describe("the folder", () => {
  test("need not be there, unless it was named", async () => {
    process.env.XDG_DATA_HOME = folder;
    expect(bundleDir()).toBe(join(folder, "agentic-platform", "bundle"));
    expect(await bundle()).toEqual([]);
    process.env.BUNDLE = join(folder, "missing");
    await expect(bundle()).rejects.toThrow(/BUNDLE=.*missing is not a folder/);
  });
});

describe("Argo", () => {
  const archive = (ref: string) => ({ ref, path: "/x", digest: "d" });
  const all = [images.argoController, images.argoExecutor, images.argoServer].map(({ ref }) => archive(ref));

  test("is there with all three images, from any mirror", () => {
    expect(argoRefs(all)).toEqual({ controller: all[0]?.ref, executor: all[1]?.ref, server: all[2]?.ref });
    const mirrored = all.map(({ ref }) => archive(ref.replace("quay.io/argoproj", "mirror.example/argo")));
    expect(argoRefs(mirrored).controller).toBe("mirror.example/argo/workflow-controller:v4.1.2");
  });

  test("is not there with two, or in another version", () => {
    expect(Object.keys(argoRefs(all.slice(1)))).toEqual(["executor", "server"]);
    expect(argoRefs([archive("quay.io/argoproj/argoexec:v3.6.0")])).toEqual({});
  });

  test("and what else is in the bundle wins over what would be built", async () => {
    for (const [index, { ref }] of all.entries()) put(`${index}.tar`, await docker(ref));
    put("own.tar", await docker("localhost/agentic-platform/agents:mine"));
    put("minio.tar", await docker(images.minio.ref));
    const result = await buildImages({ only: ["agents", "minio"], bundleDir: dir });
    expect(result.argo).toBe(true);
    expect(result.own.agents).toBe("localhost/agentic-platform/agents:mine");
    expect(result.archives.map(({ path }) => path).every((path) => path.startsWith(dir))).toBe(true);
    // Both run in tenants' namespaces: under the digest that a registry gives them.
    expect(result.tenantImages.agents?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(result.tenantImages.executor?.ref).toBe(images.argoExecutor.ref);
  });

  test("bring Argo Events with all of its bus, or the receiver runs instead", async () => {
    const { argoEvents, nats, natsReloader, natsExporter } = images;
    for (const [name, { ref }] of Object.entries({ argoEvents, nats, natsReloader }))
      put(`${name}.tar`, await docker(ref));
    expect((await buildImages({ only: [], bundleDir: dir })).argoEvents).toBe(false);
    put("natsExporter.tar", await docker(natsExporter.ref));
    expect((await buildImages({ only: [], bundleDir: dir })).argoEvents).toBe(true);
  });
});

test("names get their registry as containerd writes it", () => {
  expect(fullName("postgres:15")).toBe("docker.io/library/postgres:15");
  expect(fullName("minio/minio:x")).toBe("docker.io/minio/minio:x");
  expect(fullName("localhost/a:1")).toBe("localhost/a:1");
  expect(fullName("registry:5000/a:1")).toBe("registry:5000/a:1");
});

// Pushing and signing, against distribution's own registry behind TLS, and what it holds afterwards.
import { createPublicKey, verify } from "node:crypto";
import { createReadStream, createWriteStream, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGzip, gzipSync } from "node:zlib";
import { extract, pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeArchive } from "../../../embedded/images/archive.ts";
import { publish, publishable, publishedRef, repositoryOf } from "../../../embedded/images/publish/publish.ts";
import { Registry } from "../../../embedded/images/publish/registry.ts";
import {
  isSigned,
  signatureTag,
  signedPayload,
  signImage,
  signingKey,
} from "../../../embedded/images/publish/signing.ts";
import { ensureBinaries } from "../../../embedded/node/build.ts";
import { issueCertificates } from "../../../embedded/node/pki.ts";
import { nonEmpty } from "../../non-empty.ts";
import { archive, claims, digestOf, host, repository, startRegistry, type TestRegistry } from "./local-registry.ts";

let dir: string;
let local: TestRegistry;
let registry: Registry;
let port: number;
const key = () => signingKey(join(dir, "key.pem"));

beforeAll(async () => {
  local = await startRegistry();
  ({ dir, registry, port } = local);
});
afterAll(() => local?.stop());

describe("publishing", () => {
  it("pushes and signs an image once, under its digest and its tag", async () => {
    const app = await archive(dir, "1");
    const target = { registry, host, key: key(), claims };
    expect(await publish([app], target)).toEqual({ pushed: 1, signed: 1, attested: 1 });
    expect(await publish([app], target)).toEqual({ pushed: 0, signed: 0, attested: 0 });
    const bytes = await registry.manifest(repository, app.digest);
    expect(digestOf(bytes ?? Buffer.alloc(0))).toBe(app.digest);
    expect(await registry.manifest(repository, "1")).toEqual(bytes);
    expect(publishedRef(host, app)).toBe(`${host}/${repository}@${app.digest}`);
  });

  it("writes the signature as cosign's specification has it", async () => {
    const app = await archive(dir, "specification");
    await publish([app], { registry, host, key: key(), claims });
    const manifest = JSON.parse(String(await registry.manifest(repository, signatureTag(app.digest))));
    expect(signatureTag(app.digest)).toMatch(/^sha256-[0-9a-f]{64}\.sig$/);
    expect(manifest.layers).toHaveLength(1);
    const [layer] = manifest.layers;
    expect(layer.mediaType).toBe("application/vnd.dev.cosign.simplesigning.v1+json");
    const payload = (await registry.blob(repository, layer.digest)) ?? Buffer.alloc(0);
    expect(JSON.parse(payload.toString())).toEqual({
      critical: {
        identity: { "docker-reference": `${host}/${repository}` },
        image: { "docker-manifest-digest": app.digest },
        type: "cosign container image signature",
      },
      optional: null,
    });
    const signature = Buffer.from(layer.annotations["dev.cosignproject.cosign/signature"], "base64");
    expect(verify("sha256", payload, createPublicKey(key().publicKey), signature)).toBe(true);
  });

  it("signs again with another key, and takes the old signature for none", async () => {
    const app = await archive(dir, "rekeyed");
    await publish([app], { registry, host, key: key(), claims });
    const other = signingKey(join(dir, "other.pem"));
    const image = { registry, repository, digest: app.digest, name: `${host}/${repository}` };
    expect(await isSigned(image, other.publicKey)).toBe(false);
    expect(await signImage(image, other)).toBe(true);
    expect(await isSigned(image, other.publicKey)).toBe(true);
  });

  it("takes a signature of another image for none", async () => {
    const [first, second] = [await archive(dir, "one"), await archive(dir, "two")];
    await publish([first, second], { registry, host, key: key(), claims });
    const manifest = await registry.manifest(repository, signatureTag(first.digest));
    await registry.putManifest(
      repository,
      signatureTag(second.digest),
      "application/vnd.oci.image.manifest.v1+json",
      manifest ?? Buffer.alloc(0),
    );
    const image = { registry, repository, digest: second.digest, name: `${host}/${repository}` };
    expect(await isSigned(image, key().publicKey)).toBe(false);
  });

  it("pushes layers that lie beside their archive", async () => {
    const layers = await Promise.all(
      ["low", "high"].map(async (name) => {
        const bytes = Buffer.alloc(2 << 20, name);
        const path = join(dir, `${name}.layer`);
        writeFileSync(path, bytes);
        return { digest: digestOf(bytes), size: bytes.length, path };
      }),
    );
    const cache = process.env.XDG_CACHE_HOME;
    process.env.XDG_CACHE_HOME = join(dir, "cache");
    const app = await makeArchive({ name: `ghcr.io/${repository}:beside`, layers, user: "1:1" }).finally(() => {
      if (cache === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = cache;
    });
    expect(await publish([app], { registry, host, key: key(), claims })).toEqual({ pushed: 1, signed: 1, attested: 1 });
    const manifest = JSON.parse(String(await registry.manifest(repository, app.digest)));
    expect(manifest.layers.map(({ digest }: { digest: string }) => digest)).toEqual(layers.map(({ digest }) => digest));
    for (const { digest } of nonEmpty<{ digest: string }>(manifest.layers))
      expect(digestOf((await registry.blob(repository, digest)) ?? Buffer.alloc(0))).toBe(digest);
  });

  it("pushes what an earlier run left out", async () => {
    const app = await archive(dir, "resumed");
    const interrupted = new Registry({
      host: "127.0.0.1",
      port,
      name: host,
      ca: readFileSync(join(dir, "pki/ca.crt"), "utf8"),
    });
    interrupted.putManifest = async () => {
      throw new Error("the power failed");
    };
    await expect(publish([app], { registry: interrupted, host, key: key(), claims })).rejects.toThrow(
      "the power failed",
    );
    interrupted.close();
    expect(await publish([app], { registry, host, key: key(), claims })).toEqual({ pushed: 1, signed: 1, attested: 1 });
  });
});

describe("archives of others", () => {
  it("are published as docker save wrote them before it knew OCI, always under the same digest", async () => {
    const path = join(dir, "docker.tar.gz");
    const tar = pack();
    const written = pipeline(tar, createGzip(), createWriteStream(path));
    // The list may come last.
    tar.entry({ name: "a/layer.tar" }, "first layer");
    tar.entry({ name: "b.tar.gz" }, gzipSync("second layer"));
    tar.entry({ name: "config.json" }, "{}");
    const layers = ["a/layer.tar", "b.tar.gz"];
    const list = [{ Config: "config.json", RepoTags: ["acme/tool:1"], Layers: layers }];
    tar.entry({ name: "manifest.json" }, JSON.stringify(list));
    tar.finalize();
    await written;
    const bundled = { ref: "docker.io/acme/tool:1", path, digest: "sha256:of-names" };
    const found = await publishable(bundled);
    expect(await publishable(bundled)).toEqual(found);
    expect(await publish([found], { registry, host, key: key(), claims })).toEqual({
      pushed: 1,
      signed: 1,
      attested: 1,
    });
    const manifest = JSON.parse(String(await registry.manifest("acme/tool", found.digest)));
    expect(manifest.layers.map(({ mediaType }: { mediaType: string }) => mediaType)).toEqual([
      "application/vnd.oci.image.layer.v1.tar",
      "application/vnd.oci.image.layer.v1.tar+gzip",
    ]);
    expect(String(await registry.blob("acme/tool", manifest.layers[0].digest))).toBe("first layer");
  });

  it("are published for this kind of machine, where they are for several", async () => {
    const app = await archive(dir, "several");
    const path = join(dir, "several.tar");
    const platform = { os: "linux", architecture: process.arch === "x64" ? "amd64" : process.arch };
    const index = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        manifests: [
          { digest: "sha256:0", platform: { os: "plan9" } },
          { digest: app.digest, platform },
        ],
      }),
    );
    const tar = extract();
    const both = pack();
    const written = pipeline(both, createWriteStream(`${path}.new`));
    both.entry({ name: `blobs/${digestOf(index).replace(":", "/")}` }, index);
    createReadStream(path).pipe(tar);
    for await (const entry of tar) both.entry(entry.header, await buffer(entry));
    both.finalize();
    await written;
    const found = await publishable({ ref: app.ref, path: `${path}.new`, digest: digestOf(index) });
    expect(found.digest).toBe(app.digest);
    expect(await publish([found], { registry, host, key: key(), claims })).toEqual({
      pushed: 1,
      signed: 1,
      attested: 1,
    });
  });
});

describe("what can't be published", () => {
  it("names the archive that lacks a layer", async () => {
    const broken = await archive(dir, "broken", { leaveOut: 2 });
    await expect(publish([broken], { registry, host, key: key(), claims })).rejects.toThrow(
      /broken\.tar lacks sha256:/,
    );
  });

  it("names the archive that has no such manifest", async () => {
    const app = await archive(dir, "renamed");
    await expect(
      publish([{ ...app, digest: `sha256:${"0".repeat(64)}` }], { registry, host, key: key(), claims }),
    ).rejects.toThrow(/renamed\.tar holds no manifest of ghcr\.io\/acme\/app:renamed/);
  });

  it("refuses an image that is only for other kinds of machines", async () => {
    const app = await archive(dir, "index", { index: true });
    await expect(publish([app], { registry, host, key: key(), claims })).rejects.toThrow(
      /index\.tar: ghcr\.io\/acme\/app:index is not for this machine's platform/,
    );
  });

  it("refuses a registry whose certificate is another authority's", async () => {
    const strangersCa = join(dir, "stranger");
    mkdirSync(strangersCa);
    await issueCertificates(await ensureBinaries(), { dir: strangersCa, keys: [], certificates: [] });
    const ca = readFileSync(join(strangersCa, "ca.crt"), "utf8");
    const wrong = new Registry({ host: "127.0.0.1", port, name: host, ca });
    await expect(wrong.hasManifest(repository, "1")).rejects.toThrow(
      /registry\.shared-services\.svc:5000: HEAD .*certificate/,
    );
    wrong.close();
  });

  it("says what was asked and what the registry answered", async () => {
    const type = "application/vnd.oci.image.manifest.v1+json";
    await expect(registry.putManifest(repository, "bad", type, Buffer.from("{}"))).rejects.toThrow(
      /PUT \/v2\/acme\/app\/manifests\/bad: \d{3} .*manifest/,
    );
  });
});

describe("the key", () => {
  it("is made once, for its owner alone", () => {
    const file = join(dir, "deep", "key.pem");
    const key = signingKey(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    expect(signingKey(file).publicKey).toBe(key.publicKey);
    expect(key.publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----/);
  });

  it("is refused where its file holds something else", () => {
    const file = join(dir, "broken.pem");
    writeFileSync(file, "nothing");
    expect(() => signingKey(file)).toThrow(/broken\.pem is not a valid private key in PEM: remove it/);
  });
});

describe("names", () => {
  it.each([
    ["localhost/agentic-platform/agents:1", "agentic-platform/agents"],
    ["quay.io/argoproj/argoexec:v4.1.2@sha256:00", "argoproj/argoexec"],
    ["localhost:5000/x:1", "x"],
    ["library/busybox:1", "library/busybox"],
  ])("%s is %s in the registry", (ref, name) => expect(repositoryOf(ref)).toBe(name));

  it("signs the name and the digest", () => {
    expect(signedPayload("a/b", "sha256:1").toString()).toBe(
      '{"critical":{"identity":{"docker-reference":"a/b"},"image":{"docker-manifest-digest":"sha256:1"},"type":"cosign container image signature"},"optional":null}',
    );
  });
});

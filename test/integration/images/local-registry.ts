// A registry of distribution's, behind TLS or for loopback alone, and small images to put into it.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import type { Archive } from "../../../embedded/images/archive.ts";
import { Registry } from "../../../embedded/images/publish/registry.ts";
import { registryBuild } from "../../../embedded/images/recipes/go.ts";
import { ensureBinaries, ensureGoProgram } from "../../../embedded/node/build.ts";
import { issueCertificates } from "../../../embedded/node/pki.ts";
import { freePort } from "../ports.ts";

/** The registry's own name. */
export const host = "registry.shared-services.svc:5000";
export const repository = "acme/app";
export const digestOf = (bytes: Buffer) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

export const claimType = "https://example.com/built";
/** One claim about any image. */
export const claims = () => ({
  types: [claimType],
  isCurrent: () => true,
  make: async () => [{ predicateType: claimType, predicate: { by: "us" } }],
});

/** An OCI archive with two layers, as docker save and our own builds write them. */
export async function archive(
  dir: string,
  name: string,
  options: { leaveOut?: number; index?: boolean } = {},
): Promise<Archive> {
  const path = join(dir, `${name}.tar`);
  const blobs = [Buffer.from(`{"of":"${name}"}`), Buffer.alloc(3 << 20, name), Buffer.from(`small ${name}`)];
  const described = blobs.map((blob, i) => ({
    mediaType: i === 0 ? "application/vnd.oci.image.config.v1+json" : "application/vnd.oci.image.layer.v1.tar",
    digest: digestOf(blob),
    size: blob.length,
  }));
  const [config, ...layers] = described;
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = Buffer.from(
    JSON.stringify(
      options.index ? { schemaVersion: 2, manifests: [] } : { schemaVersion: 2, mediaType, config, layers },
    ),
  );
  const tar = pack();
  const written = pipeline(tar, createWriteStream(path));
  const put = (bytes: Buffer) => tar.entry({ name: `blobs/${digestOf(bytes).replace(":", "/")}` }, bytes);
  tar.entry({ name: "oci-layout" }, "{}");
  put(manifest);
  for (const [i, blob] of blobs.entries()) if (i !== options.leaveOut) put(blob);
  tar.finalize();
  await written;
  return { ref: `ghcr.io/${repository}:${name}`, path, digest: digestOf(manifest) };
}

/** A running registry. */
export interface TestRegistry {
  /** A folder for the test's files. */
  dir: string;
  registry: Registry;
  /** Its name in names of images. */
  host: string;
  port: number;
  stop: () => void;
}

/** Starts a registry in a folder of its own. A `plain` one has no TLS, and its name is its address on loopback. */
export async function startRegistry({ plain = false } = {}): Promise<TestRegistry> {
  const dir = mkdtempSync(join(tmpdir(), "publish-"));
  const program = await ensureGoProgram(registryBuild());
  const pki = join(dir, "pki");
  if (!plain) {
    const certificates = [{ name: "tls", commonName: "registry", hosts: ["registry.shared-services.svc"] }];
    await issueCertificates(await ensureBinaries(), { dir: pki, keys: [], certificates });
  }
  const port = await freePort();
  const config = {
    version: 0.1,
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(dir, "data") } },
    http: {
      addr: `127.0.0.1:${port}`,
      ...(plain ? {} : { tls: { certificate: join(pki, "tls.crt"), key: join(pki, "tls.key") } }),
    },
  };
  writeFileSync(join(dir, "config.yml"), JSON.stringify(config));
  const child = spawn(program, ["serve", join(dir, "config.yml")], {
    stdio: "ignore",
    env: { ...process.env, OTEL_TRACES_EXPORTER: "none" },
  });
  const registry = plain
    ? new Registry({ host: "127.0.0.1", port, name: `localhost:${port}` })
    : new Registry({ host: "127.0.0.1", port, name: host, ca: readFileSync(join(pki, "ca.crt"), "utf8") });
  for (let i = 0; ; i++) {
    try {
      await registry.hasManifest(repository, "none");
      break;
    } catch (error) {
      if (i > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return {
    dir,
    registry,
    host: plain ? `localhost:${port}` : host,
    port,
    stop: () => {
      registry.close();
      child.kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

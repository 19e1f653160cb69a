// The images of Go programs: MinIO, its client, OPA, the policy controller, the registry, Fulcio with Rekor.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { images } from "../../../components/images.ts";
import { sigstoreImage } from "../../../components/security/sigstore-names.ts";
import { ensureGoProgram } from "../../node/build.ts";
import type { Program } from "../../node/compile.ts";
import type { Progress } from "../../node/progress.ts";
import type { ImageSpec } from "../archive.ts";
import { file, text } from "../entries.ts";
import { type Layer, makeLayer } from "../layer.ts";
import type { Bases } from "./bases.ts";

/** The object store. */
export async function minio(bases: Bases, progress: Progress): Promise<ImageSpec> {
  const program = await ensureGoProgram(minioBuild(), progress);
  return {
    name: images.minio.ref,
    layers: [
      ...(await bases.shell()),
      await programLayer(program, "usr/bin/minio", "minio-entrypoint.sh", "usr/bin/docker-entrypoint.sh"),
    ],
    // Unlike upstream's image, which runs as root by default.
    user: `${images.minio.uid}:${images.minio.uid}`,
    entrypoint: ["/usr/bin/docker-entrypoint.sh"],
    cmd: ["minio"],
    env: {
      MINIO_ACCESS_KEY_FILE: "access_key",
      MINIO_SECRET_KEY_FILE: "secret_key",
      MINIO_ROOT_USER_FILE: "access_key",
      MINIO_ROOT_PASSWORD_FILE: "secret_key",
      MINIO_KMS_SECRET_KEY_FILE: "kms_master_key",
      MINIO_CONFIG_ENV_FILE: "config.env",
      MC_CONFIG_DIR: "/tmp/.mc",
    },
    expose: ["9000/tcp"],
    volumes: ["/data"],
  };
}

/** The object store's client, with a shell for scripts. */
export async function minioClient(bases: Bases, progress: Progress): Promise<ImageSpec> {
  const program = await ensureGoProgram(minioClientBuild(), progress);
  return {
    name: images.minioClient.ref,
    layers: [...(await bases.shell()), await programLayer(program, "usr/bin/mc")],
    user: `${images.minioClient.uid}:${images.minioClient.uid}`,
    entrypoint: ["mc"],
  };
}

/** The policy engine. */
export async function opa(bases: Bases, progress: Progress): Promise<ImageSpec> {
  const program = await ensureGoProgram(opaBuild(), progress);
  return {
    name: images.opa.ref,
    layers: [await bases.base(), await programLayer(program, "opa")],
    user: `${images.opa.uid}:${images.opa.uid}`,
    entrypoint: ["/opa"],
    cmd: ["run"],
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/" },
    expose: ["8181/tcp"],
  };
}

/** The build of the policy engine, without OCI support: its policies are files here. */
export function opaBuild(): Program {
  return { ...goProgram("opa", "github.com/open-policy-agent/opa", "-s -w"), tags: ["opa_no_oci"] };
}

/** The webhook that admits signed images. */
export async function policyController(bases: Bases, progress: Progress): Promise<ImageSpec> {
  const program = await ensureGoProgram(policyControllerBuild(), progress);
  return {
    name: images.policyController.ref,
    layers: [await bases.base(), await programLayer(program, "ko-app/policy-controller")],
    user: `${images.policyController.uid}:${images.policyController.uid}`,
    entrypoint: ["/ko-app/policy-controller"],
    expose: ["8443/tcp"],
  };
}

/** The registry of the platform's own images. */
export async function registry(bases: Bases, progress: Progress): Promise<ImageSpec> {
  const program = await ensureGoProgram(registryBuild(), progress);
  return {
    name: images.registry.ref,
    layers: [await bases.base(), await programLayer(program, "bin/registry")],
    user: `${images.registry.uid}:${images.registry.uid}`,
    entrypoint: ["registry"],
    // Upstream's default; the pod mounts its configuration there.
    cmd: ["serve", "/etc/distribution/config.yml"],
    expose: ["5000/tcp"],
    volumes: ["/var/lib/registry"],
  };
}

/** Fulcio and Rekor, which nobody publishes as one. */
export async function sigstore(bases: Bases, progress: Progress): Promise<ImageSpec> {
  const program = await ensureGoProgram(sigstoreBuild(), progress);
  return {
    name: sigstoreImage.ref,
    layers: [await bases.base(), await programLayer(program, "usr/bin/sigstore")],
    user: `${sigstoreImage.uid}:${sigstoreImage.uid}`,
    entrypoint: ["sigstore"],
    expose: [`${sigstoreImage.port}/tcp`],
  };
}

/** Linker flags that set a MinIO program's release tag and time, and the commit that go.mod pins. */
export function minioFlags(target: string, ref: string): string {
  const tag = ref.slice(ref.lastIndexOf(":") + 1);
  const time = tag.replace("RELEASE.", "").replace(/T(\d\d)-(\d\d)-(\d\d)Z/, "T$1:$2:$3Z");
  const name = basename(ref.slice(0, ref.lastIndexOf(":")));
  const gomod = readFileSync(join(import.meta.dirname, "..", "go", name, "go.mod"), "utf8");
  const commit = new RegExp(`github.com/minio/${name} v0.0.0-\\d{14}-([0-9a-f]{12})`).exec(gomod)?.[1] ?? "unknown";
  const values = {
    Version: time,
    ReleaseTag: tag,
    CommitID: commit,
    ShortCommitID: commit,
    CopyrightYear: time.slice(0, 4),
  };
  return ["-s -w", ...Object.entries(values).map(([key, value]) => `-X ${target}.${key}=${value}`)].join(" ");
}

/** The build of the object store. */
export function minioBuild(): Program {
  return goProgram("minio", "github.com/minio/minio", minioFlags("github.com/minio/minio/cmd", images.minio.ref));
}

/** The build of the object store's client. */
export function minioClientBuild(): Program {
  return goProgram("mc", "github.com/minio/mc", minioFlags("github.com/minio/mc/cmd", images.minioClient.ref));
}

/** The build of the policy controller. */
export function policyControllerBuild(): Program {
  return goProgram("policy-controller", "github.com/sigstore/policy-controller/cmd/webhook", "-s -w");
}

/** The build of the registry. */
export function registryBuild(): Program {
  const [, tag] = images.registry.ref.split(":");
  return goProgram("registry", ".", `-s -w -X github.com/distribution/distribution/v3/version.version=${tag}`);
}

/** The build of Fulcio and Rekor in one program. */
export function sigstoreBuild(): Program {
  return goProgram("sigstore", ".", "-s -w");
}

/** A program whose module is the folder `name` in `../go`. */
export function goProgram(name: string, pkg: string, ldflags: string): Program {
  const module = join(import.meta.dirname, "..", "go", name);
  return { name, module, package: pkg, ldflags };
}

/** A layer with a built program, and with the script from `files/` that replaces upstream's. */
export async function programLayer(program: string, path: string, script?: string, scriptPath = ""): Promise<Layer> {
  const content = script && readFileSync(join(import.meta.dirname, "..", "files", script), "utf8");
  return await makeLayer({
    name: basename(program),
    // The program's folder is named by the hash of its sources.
    inputs: [program.split("/").slice(-2), path, content, scriptPath],
    entries: async () => [file(path, program), ...(content ? [text(scriptPath, content, 0o755)] : [])],
  });
}

// The image of the model gateway: LiteLLM's proxy from PyPI by a lock file with hashes, and an OCR program for the offline model.
import { existsSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { images } from "../../../components/images.ts";
import { cacheDir } from "../../node/paths.ts";
import type { Progress } from "../../node/progress.ts";
import { makeTempDir } from "../../node/unfinished.ts";
import type { ImageSpec } from "../archive.ts";
import { run } from "../command.ts";
import { account, debianLayer } from "../debian.ts";
import { directory, text, tree } from "../entries.ts";
import { type Layer, makeLayer } from "../layer.ts";
import { hashOf, makeWhole } from "../store.ts";
import type { Bases } from "./bases.ts";

const imagesFolder = join(import.meta.dirname, "..");

/** The folder where Debian's Python looks first for packages that aren't Debian's. */
const sitePackages = "usr/local/lib/python3.11/dist-packages";

/** The image's version of Python. Packages are compiled to bytecode only where this machine has it too. */
const python = "/usr/bin/python3.11";

/** Globs of optional files without which the proxy runs: 250 of 685 MB. */
const excludedFiles = [
  "bin",
  "{polars,_polars_runtime_32,granian,pyroscope,hf_xet}",
  "{polars,polars_runtime_32,granian,pyroscope_io,hf_xet}-*.dist-info",
  // The gateway uses models and keys of these cloud services only, not of the other 400.
  "botocore/data/!(bedrock*|sagemaker-runtime|secretsmanager|s3|sts|kms|sso*|*.json)",
  "**/{tests,test}",
  "**/*.{pyi,c,h,pyx}",
];

/** The image. */
export async function litellm(bases: Bases, progress: Progress): Promise<ImageSpec> {
  const { ref, uid } = images.litellm;
  const base = await bases.base();
  const [system, gateway] = await Promise.all([systemLayer(base, progress), pythonLayer(base, progress)]);
  const setup = await makeLayer({
    name: "litellm-setup",
    inputs: [script("litellm"), script("litellm-entrypoint.sh"), uid],
    below: [base, system],
    entries: async () => [
      ...account("litellm", uid, { home: "/tmp" }),
      directory("app"),
      text("usr/local/bin/litellm", script("litellm"), 0o755),
      text("app/docker/prod_entrypoint.sh", script("litellm-entrypoint.sh"), 0o755),
    ],
  });
  return {
    name: ref,
    layers: [base, system, gateway, setup],
    // Unlike upstream's image, which runs as root by default.
    user: `${uid}:${uid}`,
    entrypoint: ["/app/docker/prod_entrypoint.sh"],
    cmd: ["--port", "4000"],
    env: { LANG: "C.UTF-8", PYTHONDONTWRITEBYTECODE: "1" },
    workdir: "/app",
    expose: ["4000/tcp"],
  };
}

async function systemLayer(base: Layer, progress: Progress): Promise<Layer> {
  return await debianLayer({
    name: "python-ocr",
    packages: ["python3", "dash", "tesseract-ocr", "tesseract-ocr-eng"],
    below: [base],
    progress,
    without: [
      "usr/share/tesseract-ocr/5/tessdata/{osd.traineddata,pdf.ttf}",
      "usr/lib/python3*/{test,idlelib,lib2to3,distutils,ensurepip,turtledemo}",
      "usr/share/{fonts,icons,mime,liblangtag}",
      "usr/lib/x86_64-linux-gnu/gconv",
    ],
  });
}

async function pythonLayer(base: Layer, progress: Progress): Promise<Layer> {
  const lock = readFileSync(join(imagesFolder, "python", "requirements.lock"), "utf8");
  let folder: string | undefined;
  try {
    return await makeLayer({
      name: "litellm",
      inputs: [lock, excludedFiles, process.arch, existsSync(python)],
      below: [base],
      entries: async () => {
        folder = makeTempDir("litellm");
        const target = join(folder, "packages");
        progress("downloading and installing its Python packages");
        const args = [
          "--require-hashes",
          "--no-deps",
          "--only-binary=:all:",
          "--python-version=3.11",
          "--link-mode=copy",
        ];
        await run(await uv(), [
          "pip",
          "install",
          "--target",
          target,
          ...args,
          "-r",
          join(imagesFolder, "python", "requirements.lock"),
        ]);
        if (existsSync(python)) {
          progress("compiling its Python packages");
          // Bytecode without a check of its source: all files of a layer have the same time, and nothing changes in a read-only image.
          const options = ["-q", "-j2", "--invalidation-mode=unchecked-hash", "-s", target, "-p", `/${sitePackages}`];
          // Fails for some packages, which contain templates that aren't valid Python; these stay uncompiled.
          await run(python, ["-m", "compileall", ...options, target]).catch(() => {});
        }
        progress("writing the layer");
        return await tree(target, sitePackages, excludedFiles);
      },
    });
  } finally {
    if (folder) await rm(folder, { recursive: true, force: true });
  }
}

/** The path of the package installer uv, which is installed by hash into an environment of its own. */
async function uv(): Promise<string> {
  const lock = join(imagesFolder, "python", "uv.lock");
  const path = cacheDir("tools", `uv-${hashOf(readFileSync(lock, "utf8")).slice(0, 16)}`);
  if (!existsSync(path))
    await makeWhole(path, async (partial) => {
      await run("python3", ["-m", "venv", partial]);
      await run(join(partial, "bin", "python"), ["-m", "pip", "install", "-q", "--require-hashes", "-r", lock]);
    });
  return join(path, "bin", "uv");
}

function script(name: string): string {
  return readFileSync(join(imagesFolder, "files", name), "utf8");
}

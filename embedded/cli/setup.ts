// Prepares the parts of the platform: Debian packages, the node's programs, the images.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import {
  type BuildName,
  buildImages,
  type Images,
  debianPackages as imagePackages,
  keylessImages,
} from "../images/images.ts";
import { ensureBinaries } from "../node/build.ts";
import { debianPackages as nodePackages } from "../node/programs.ts";
import type { Progress } from "../node/progress.ts";
import { isKeyless, isSandboxed } from "./instance.ts";
import { prune } from "./prune.ts";
import { runSteps, type Step } from "./tasks.ts";

const dpkgStatus = "/var/lib/dpkg/status";

/** Results of the preparing steps for later steps of a command. */
export interface Prepared {
  /** Folder of the node's programs. */
  bin: string;
  images: Images;
}

const packagesStep = (names: readonly string[]): Step => ({
  title: "Debian packages",
  run: async (progress) => await installPackages(names, progress),
});

const imagesStep = (prepared: Partial<Prepared>, without: readonly BuildName[] = []): Step => ({
  title: "Images",
  run: async (progress) => {
    prepared.images = await buildImages({
      ...{ onProgress: progress, without, pull: imagesArePulled() },
      also: isKeyless() ? keylessImages : [],
    });
    const { archives, notPulled } = prepared.images;
    const instead = notPulled.map(({ ref, reason }) => `\n  ${ref} could not be pulled: ${reason}`);
    return `${archives.length} ready${instead.join("")}`;
  },
});

/** Whether IMAGES asks for upstream's images from their registries. Throws where it is neither `build` nor `pull`. */
export function imagesArePulled(): boolean {
  const { IMAGES: source = "build" } = process.env;
  if (source !== "build" && source !== "pull" && source !== "")
    throw new Error(
      `IMAGES=${source} is not valid: use 'build' (default: from package registries) or 'pull' (from image registries)`,
    );
  return source === "pull";
}

/** The steps that prepare this machine, each skipped when its inputs haven't changed; `without` names images to leave out for now. */
export function setupSteps(prepared: Partial<Prepared>, without: readonly BuildName[] = []): (Step | Step[])[] {
  return [
    packagesStep([...nodePackages, ...imagePackages]),
    [
      {
        title: "Kubernetes",
        run: async (progress) => {
          prepared.bin = await ensureBinaries(progress, { sandbox: isSandboxed });
          return undefined;
        },
      },
      imagesStep(prepared, without),
    ],
    {
      title: "Caches",
      run: async () => {
        const removed = prune();
        return removed === 0 ? "skipped: nothing is too old" : `${removed} unused files removed`;
      },
    },
  ];
}

/** `make setup`: does everything that needs the package registries, so that later commands run offline. */
export async function setup(): Promise<void> {
  await runSteps(setupSteps({}));
}

/** Prepares the images, but those of `without`, for a command that needs no node. */
export async function prepareImages(without: readonly BuildName[] = []): Promise<Images> {
  const prepared: Partial<Prepared> = {};
  await runSteps([packagesStep(imagePackages), imagesStep(prepared, without)]);
  return prepared.images as Images;
}

/** Installs those of the Debian packages that are missing. */
export async function installPackages(packages: readonly string[], progress: Progress): Promise<string> {
  const installed = installedPackages();
  const missing = [...new Set(packages)].sort().filter((name) => !installed.has(name));
  if (missing.length === 0) return "skipped: all there";
  if (process.getuid?.() !== 0)
    throw new Error(
      `missing Debian packages: ${missing.join(" ")}. Run this as root, or install them: apt-get install ${missing.join(" ")}`,
    );
  progress(`installing ${missing.join(" ")}`);
  // Finishes an interrupted installation first: apt-get refuses to start another one.
  await system("dpkg", ["--configure", "-a"]);
  await aptGet(["update"]);
  await aptGet(["install", "-y", "--no-install-recommends", ...missing]);
  return `installed ${missing.length}`;
}

/** Installed packages, from dpkg's status file: reading it takes milliseconds, asking dpkg takes a second. */
function installedPackages(): Set<string> {
  const entries = existsSync(dpkgStatus) ? readFileSync(dpkgStatus, "utf8").split("\n\n") : [];
  return new Set(
    entries
      .filter((entry) => /^Status: install ok installed$/m.test(entry))
      .map((entry) => /^Package: (.+)$/m.exec(entry)?.[1] ?? ""),
  );
}

/** Runs apt-get; it waits for another running apt-get. */
async function aptGet(args: string[]): Promise<void> {
  await system("apt-get", ["-qq", "-o", "DPkg::Lock::Timeout=120", ...args]);
}

function system(command: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (data) => {
      errors += data;
    });
    child.once("error", (error) =>
      reject(new Error(`${command} can't be run (${error.message}): a Debian machine is needed`)),
    );
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args.join(" ")} failed with ${code}: ${errors.trim()}`)),
    );
  });
}

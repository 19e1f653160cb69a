// A small image with a shell, made of this machine's own programs: for pods of tests that run a line or two of script.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Archive } from "../../embedded/node/archive.ts";
import { cacheDir } from "../../embedded/node/paths.ts";

export const shellImage = "registry.local/busybox:1";
const PROGRAMS = { sh: "/bin/dash", sleep: "/bin/sleep", cat: "/bin/cat", tee: "/usr/bin/tee" };

/** The program and every library that it loads, each at its own path in the image. */
function files(program: string): string[] {
  const output = execFileSync("ldd", [program], { encoding: "utf8" });
  return [...output.matchAll(/(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? []);
}

/** Writes the archive anew each time; it takes some milliseconds. */
export function shellArchive(): Archive {
  const dir = mkdtempSync(join(tmpdir(), "shell-image-"));
  try {
    const root = join(dir, "root");
    for (const folder of ["bin", "tmp", "etc"]) mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, "etc", "passwd"), "user:x:1000:1000::/:/bin/sh\n");
    for (const [name, program] of Object.entries(PROGRAMS)) {
      cpSync(realpathSync(program), join(root, "bin", name));
      for (const library of files(program)) {
        mkdirSync(join(root, dirname(library)), { recursive: true });
        cpSync(realpathSync(library), join(root, library));
      }
    }
    const unnamed = join(dir, "layer");
    const reproducible = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
    execFileSync("tar", [...reproducible, "-C", root, "-cf", unnamed, "."]);
    const digest = createHash("sha256").update(readFileSync(unnamed)).digest("hex");
    // By its content: containerd goes on with what a cut-off import has read under the same name.
    const layer = `${digest}.tar`;
    renameSync(unnamed, join(dir, layer));
    const config = {
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      config: { User: "1000:1000", Env: ["PATH=/bin"], Cmd: ["/bin/sh"], WorkingDir: "/" },
      rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] },
    };
    writeFileSync(join(dir, "config.json"), JSON.stringify(config));
    writeFileSync(
      join(dir, "manifest.json"),
      JSON.stringify([{ Config: "config.json", RepoTags: [shellImage], Layers: [layer] }]),
    );
    const path = cacheDir("test", `shell-${digest.slice(0, 20)}.tar`);
    mkdirSync(dirname(path), { recursive: true });
    execFileSync("tar", ["-C", dir, "-cf", `${path}.${process.pid}`, "config.json", "manifest.json", layer]);
    renameSync(`${path}.${process.pid}`, path);
    return { ref: shellImage, path, digest };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

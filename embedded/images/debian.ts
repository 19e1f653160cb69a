// Makes layers of Debian packages. They are extracted, not installed: no maintainer script runs, and the content is always the same.
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { limit } from "../node/limit.ts";
import type { Progress } from "../node/progress.ts";
import { makeTempDir } from "../node/unfinished.ts";
import { run } from "./command.ts";
import { directory, type Entry, text, tree } from "./entries.ts";
import { type Layer, makeLayer } from "./layer.ts";
import { debianMaterial, type Material } from "./materials.ts";
import { sha256 } from "./store.ts";

const suite = "bookworm";
/** The same in package URLs. */
const distribution = "debian-12";

/** Globs of files that no program needs at run time. Licences (usr/share/doc/…/copyright) stay. */
const excludedFiles = [
  "boot",
  "dev/*",
  "etc/{apt,dpkg,fstab,hostname,resolv.conf,hosts}",
  "tmp/*",
  "usr/bin/{perl*,debconf*,dpkg*,apt*,deb-systemd*,update-alternatives}",
  "usr/sbin/{dpkg*,update-ca-certificates,iconvconfig}",
  "usr/lib/{apt,dpkg,systemd,udev}",
  "usr/lib/x86_64-linux-gnu/{perl*,libperl*,libapt-*}",
  "usr/share/{bug,debconf,dpkg,info,lintian,locale,man,menu,perl*,perl5,pixmaps,applications,gtk-doc,help}",
  "usr/share/doc/*/!(copyright)",
  "var/{cache,lib,log}/**",
];

/** Accounts of every image; an image adds its own in a layer above. */
export const accounts = {
  passwd: ["root:x:0:0:root:/root:/usr/sbin/nologin", "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin"],
  group: ["root:x:0:", "nogroup:x:65534:"],
} as const;

/** The entries of /etc with a user's name and home. */
export function account(name: string, uid: number, options: { home: string; shell?: string }): Entry[] {
  const { home, shell = "/usr/sbin/nologin" } = options;
  return [
    text("etc/passwd", lines([...accounts.passwd, `${name}:x:${uid}:${uid}:${name}:${home}:${shell}`])),
    text("etc/group", lines([...accounts.group, `${name}:x:${uid}:`])),
  ];
}

/** The lowest layer of every image: libc, libstdc++, time zones, trusted certificates, names of users. */
export async function baseLayer(progress: Progress): Promise<Layer> {
  return await debianLayer({
    name: "base",
    packages: ["base-files", "ca-certificates", "libc-bin", "libgcc-s1", "libstdc++6", "netbase", "tzdata", "zlib1g"],
    below: [],
    progress,
    more: (root) => [
      // ca-certificates' own script would write this file.
      text("etc/ssl/certs/ca-certificates.crt", certificates(root)),
      text("etc/nsswitch.conf", lines(["passwd: files", "group: files", "hosts: files dns", "services: files"])),
      text("etc/passwd", lines(accounts.passwd)),
      text("etc/group", lines(accounts.group)),
      directory("tmp", { mode: 0o1777 }),
      directory("var/lib"),
    ],
  });
}

/** Options of `debianLayer`. */
export interface DebianLayer {
  name: string;
  packages: readonly string[];
  /** Layers below it, lowest first. */
  below: readonly Layer[];
  progress: Progress;
  /** Globs of further files to leave out. */
  without?: readonly string[];
  /** Makes further entries from the folder of the extracted packages. */
  more?: (root: string) => Entry[] | Promise<Entry[]>;
  /** Everything else that the further entries depend on. */
  inputs?: unknown;
  /** Lines or files of apt's sources. Default: this machine's where it runs the same Debian, else mmdebstrap's. */
  sources?: readonly string[];
}

// One set of packages is downloaded while another one is extracted; more at once slow each other down.
const twoAtATime = limit(2);

/** A layer with packages and their dependencies, without the files of the layers below. */
export async function debianLayer(options: DebianLayer): Promise<Layer> {
  const { name, packages, below, progress, without = [], more, sources = machineSources() } = options;
  // The content depends on the function `more`, which its source text stands for.
  const inputs = {
    suite,
    arch: process.arch,
    packages,
    drop: excludedFiles,
    without,
    more: more && sha256(more.toString()),
    accounts,
    installed: sha256(readPackages.toString()),
  };
  let materials: Material[] = [];
  let folder: string | undefined;
  try {
    return await makeLayer({
      name,
      inputs,
      below,
      entries: async () => {
        const root = makeTempDir(name);
        folder = root;
        await twoAtATime(() => extract({ root, packages, progress, sources }));
        progress("writing the layer");
        const installed = readPackages(root);
        materials = installed.map(({ material }) => material);
        return [
          ...(await tree(root, "", [...excludedFiles, ...without])),
          ...installed.map(({ entry }) => entry),
          ...((await more?.(root)) ?? []),
        ];
      },
      materials: () => materials,
    });
  } finally {
    if (folder) await rm(folder, { recursive: true, force: true });
  }
}

interface Extraction {
  /** An empty folder. */
  root: string;
  packages: readonly string[];
  progress: Progress;
  sources: readonly string[];
}

/** Extracts packages and their dependencies. */
async function extract({ root, packages, progress, sources }: Extraction): Promise<void> {
  progress("downloading its Debian packages");
  const args = [
    "--variant=extract",
    "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
    "--skip=cleanup/apt",
    `--include=${packages.join(",")}`,
    suite,
    root,
    ...sources,
  ];
  await run("mmdebstrap", args, {
    onLine: (text) => {
      if (text.includes("extracting archives")) progress("extracting its Debian packages");
    },
  });
}

/**
 * The packages whose archives apt has left in a folder. Their control files are in the image as in Google's distroless images, where
 * scanners find them: one a package, as no dpkg has installed them together.
 */
function readPackages(root: string): { entry: Entry; material: Material }[] {
  return globSync("var/cache/apt/archives/*.deb", { cwd: root })
    .sort()
    .map((name) => {
      const archive = join(root, name);
      const control = execFileSync("dpkg-deb", ["--field", archive], { encoding: "utf8" });
      const field = (key: string) => new RegExp(`^${key}: (.+)$`, "m").exec(control)?.[1] ?? "";
      const found = {
        name: field("Package"),
        version: field("Version"),
        architecture: field("Architecture"),
        distribution,
        source: field("Source"),
      };
      return {
        entry: text(`var/lib/dpkg/status.d/${found.name}`, control),
        material: debianMaterial(found, readFileSync(archive)),
      };
    });
}

/** This machine's apt sources where it runs the same Debian, so that its mirror is used; otherwise none. */
function machineSources(): string[] {
  const files = ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"];
  return files.filter((path) => existsSync(path) && readFileSync(path, "utf8").includes(`${suite}-`)).slice(0, 1);
}

function certificates(root: string): string {
  const files = globSync("usr/share/ca-certificates/mozilla/*.crt", { cwd: root }).sort();
  return files.map((path) => readFileSync(join(root, path), "utf8")).join("");
}

function lines(texts: readonly string[]): string {
  return `${texts.join("\n")}\n`;
}

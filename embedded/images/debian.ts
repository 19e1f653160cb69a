// Layers of Debian packages: extracted, not installed, so no maintainer script runs and the outcome is the same every time.
import { existsSync, globSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { limit } from "../node/limit.ts";
import type { Progress } from "../node/progress.ts";
import { makeTempDir } from "../node/unfinished.ts";
import { run } from "./command.ts";
import { directory, type Entry, text, tree } from "./entries.ts";
import { type Layer, makeLayer } from "./layer.ts";
import { sha256 } from "./store.ts";

const suite = "bookworm";

/** Files that no program needs at run time. Licences (usr/share/doc/…/copyright) stay. */
const drop = [
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

/** Accounts that every image knows; images add their own above. */
export const accounts = {
  passwd: ["root:x:0:0:root:/root:/usr/sbin/nologin", "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin"],
  group: ["root:x:0:", "nogroup:x:65534:"],
} as const;

/** The entries that give a user its name and home. */
export function account(name: string, uid: number, options: { home: string; shell?: string }): Entry[] {
  const { home, shell = "/usr/sbin/nologin" } = options;
  return [
    text("etc/passwd", lines([...accounts.passwd, `${name}:x:${uid}:${uid}:${name}:${home}:${shell}`])),
    text("etc/group", lines([...accounts.group, `${name}:x:${uid}:`])),
  ];
}

/** The layer under everything: libc, libstdc++, time zones, trusted certificates, names of users. */
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

/** What `debianLayer` makes. */
export interface DebianLayer {
  name: string;
  packages: readonly string[];
  below: readonly Layer[];
  progress: Progress;
  /** Globs of what to leave out besides what is always left out. */
  without?: readonly string[];
  /** More entries, from the extracted packages; `inputs` is what they depend on besides. */
  more?: (root: string) => Entry[] | Promise<Entry[]>;
  inputs?: unknown;
  /** Lines or files of apt's sources. Default: this machine's where it runs the same Debian, else mmdebstrap's. */
  sources?: readonly string[];
}

// Downloads and unpacking of two sets overlap; more at once only slow each other down.
const turn = limit(2);

/** A layer with packages and all that they depend on, less what the layers below have. */
export async function debianLayer(options: DebianLayer): Promise<Layer> {
  const { name, packages, below, progress, without = [], more, sources = machineSources() } = options;
  // `more` is part of the content: its text stands for it.
  const inputs = {
    suite,
    arch: process.arch,
    packages,
    drop,
    without,
    more: more && sha256(more.toString()),
    accounts,
  };
  let folder: string | undefined;
  try {
    return await makeLayer({
      name,
      inputs,
      below,
      entries: async () => {
        const root = makeTempDir(name);
        folder = root;
        await turn(() => extract({ root, packages, progress, sources }));
        progress("writing the layer");
        return [...(await tree(root, "", [...drop, ...without])), ...((await more?.(root)) ?? [])];
      },
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

/** Extracts packages and all that they depend on. */
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
    line: (text) => {
      if (text.includes("extracting archives")) progress("extracting its Debian packages");
    },
  });
}

/** This machine's apt sources where it runs the same Debian, so that its mirror is used; none otherwise. */
function machineSources(): string[] {
  const files = ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"];
  return files.filter((path) => existsSync(path) && readFileSync(path, "utf8").includes(`${suite}-`)).slice(0, 1);
}

function certificates(root: string): string {
  const files = globSync("usr/share/ca-certificates/mozilla/*.crt", { cwd: root }).sort();
  return files.map((path) => readFileSync(join(root, path), "utf8")).join("");
}

function lines(of: readonly string[]): string {
  return `${of.join("\n")}\n`;
}

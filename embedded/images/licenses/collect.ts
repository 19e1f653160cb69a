// Collects the licences that no lock file states from what a build downloads: Go's module cache and the cached layers.
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../../node/paths.ts";
import { identify } from "./identify.ts";
import type { Package } from "./packages.ts";
import { leftOut, type Recorded, unstated } from "./recorded.ts";

/** Files that hold a licence, by the names that people give them. */
const licenseFile = /^(un)?(licen[cs]e|copying)([._-].*)?$/i;

/** Options of `collectLicenses`. */
export interface CollectOptions {
  go: readonly Package[];
  python: readonly Package[];
  /** Go's module cache. */
  moduleCache: string;
  /** Licences of an earlier collection: they stay for packages that this build hasn't downloaded. */
  before: Recorded;
}

/** The licences of the packages, and of every Debian package in the cached layers. */
export function collectLicenses({ go, python, moduleCache, before }: CollectOptions): Recorded {
  const metadata = pythonLicenses();
  return {
    go: sorted(
      go.map((item) => [keyOf(item), ofModule(item, moduleCache) ?? before.go[keyOf(item)] ?? leftOut] as const),
    ),
    python: sorted(
      python.map((item) => {
        const installed = metadata.get(`${item.name.replaceAll(/[._]/g, "-")}@${item.version}`);
        return [keyOf(item), installed ?? before.python[keyOf(item)] ?? leftOut] as const;
      }),
    ),
    debian: sorted(
      [...inLayers(/^usr\/share\/doc\/[^/]+\/copyright$/)].map(
        ([path, text]) => [path.split("/")[3] ?? "", ofCopyright(text)] as const,
      ),
    ),
  };
}

/** The licence of a Go module; undefined where it isn't in the module cache, whose names have `!a` for `A`. */
function ofModule({ name, version }: Package, moduleCache: string): string | undefined {
  const folder = join(
    moduleCache,
    `${name}@${version}`.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`),
  );
  if (!existsSync(folder)) return undefined;
  const texts = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && licenseFile.test(entry.name))
    .map((entry) => readFileSync(join(folder, entry.name), "utf8"));
  const found = new Set(texts.flatMap((text) => identify(text)?.split(" AND ") ?? []));
  return found.size > 0 ? [...found].sort().join(" AND ") : unstated;
}

/** Licences of the Python packages in the cached layers, by `name@version` with dashes in the name. */
function pythonLicenses(): Map<string, string | undefined> {
  return new Map(
    [...inLayers(/\.dist-info\/METADATA$/).values()].map((text) => {
      const name = metadataField(text, "Name") ?? "";
      const version = metadataField(text, "Version") ?? "";
      return [`${name.toLowerCase().replaceAll(/[._]/g, "-")}@${version}`, ofMetadata(text)];
    }),
  );
}

/** The licence that a Python package's metadata name: the expression, else the field, else the classifiers. */
function ofMetadata(text: string): string | undefined {
  const [head = ""] = text.split("\n\n", 1);
  const classifiers = [...head.matchAll(/^Classifier: License :: (?:OSI Approved :: )?(.+)$/gm)].map(
    ([, classifier]) => classifier,
  );
  const free = metadataField(head, "License");
  return (
    metadataField(head, "License-Expression") ??
    (free && free.length < 40 && free !== "UNKNOWN" ? free : undefined) ??
    (classifiers.length > 0 ? classifiers.join(" AND ") : undefined) ??
    identify(text)
  );
}

function metadataField(text: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.+)$`, "m").exec(text)?.[1]?.trim();
}

/** The licences that a Debian copyright file names, in its machine-readable form or by Debian's common texts. */
function ofCopyright(text: string): string {
  const named = [...text.matchAll(/^License: *(\S.*)$/gm)].map(([, license = ""]) => license.trim());
  const common = [...text.matchAll(/\/usr\/share\/common-licenses\/([A-Za-z0-9.+-]+[A-Za-z0-9])/g)].map(
    ([, name = ""]) => name,
  );
  const all = [...new Set(named.length > 0 ? named : common)].sort();
  return all.length > 0 ? all.join(", ") : (identify(text) ?? "in its copyright file");
}

/** Texts of the files of all cached layers whose path matches, by their path. */
function inLayers(pattern: RegExp): Map<string, string> {
  const found = new Map<string, string>();
  for (const index of globSync("*.index.json", { cwd: cacheDir("layers") })) {
    const entries = JSON.parse(readFileSync(cacheDir("layers", index), "utf8")) as [path: string, content: string][];
    const paths = entries
      .filter(([path, content]) => content.startsWith("f ") && pattern.test(path))
      .map(([path]) => path);
    const tar = cacheDir("layers", index.replace(".index.json", ".tar"));
    for (const path of paths.filter((path) => !found.has(path)))
      found.set(path, execFileSync("tar", ["-xOf", tar, path], { encoding: "utf8", maxBuffer: 64 << 20 }));
  }
  return found;
}

const keyOf = ({ name, version }: Package): string => `${name}@${version}`;

function sorted(entries: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

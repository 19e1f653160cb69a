// Collects the licences that no lock file states from the downloads of a build: Go's module cache and the cached layers.
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../../node/paths.ts";
import { identify } from "./identify.ts";
import type { Package } from "./packages.ts";
import { leftOut, type Recorded, unstated } from "./recorded.ts";

/** Usual names of files with a licence. */
const licenseFile = /^(un)?(licen[cs]e|copying)([._-].*)?$/i;

/** Options of `collectLicenses`. */
export interface CollectOptions {
  go: readonly Package[];
  python: readonly Package[];
  /** Go's module cache. */
  moduleCache: string;
  /** The licences of an earlier collection, which stay for packages that this build hasn't downloaded. */
  previous: Recorded;
}

/** The licences of the packages, and of every Debian package in the cached layers. */
export function collectLicenses({ go, python, moduleCache, previous }: CollectOptions): Recorded {
  const installed = pythonLicenses();
  return {
    go: sorted(
      go.map((item) => [keyOf(item), moduleLicense(item, moduleCache) ?? previous.go[keyOf(item)] ?? leftOut] as const),
    ),
    python: sorted(
      python.map((item) => {
        const license = installed.get(distributionKey(item)) ?? previous.python[keyOf(item)] ?? leftOut;
        return [keyOf(item), license] as const;
      }),
    ),
    debian: sorted(
      [...filesInLayers(/^usr\/share\/doc\/[^/]+\/copyright$/)].map(
        ([path, text]) => [path.split("/")[3] ?? "", copyrightLicense(text)] as const,
      ),
    ),
  };
}

/** The licence of a Go module; undefined where it isn't in the module cache, whose folders have `!a` for `A`. */
function moduleLicense({ name, version }: Package, moduleCache: string): string | undefined {
  const folder = join(
    moduleCache,
    `${name}@${version}`.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`),
  );
  if (!existsSync(folder)) return undefined;
  const texts = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && licenseFile.test(entry.name))
    .map((entry) => readFileSync(join(folder, entry.name), "utf8"));
  const licenses = new Set(texts.flatMap((text) => identify(text)?.split(" AND ") ?? []));
  return licenses.size > 0 ? [...licenses].sort().join(" AND ") : unstated;
}

/** Licences of the Python packages in the cached layers, by `distributionKey`. */
function pythonLicenses(): Map<string, string | undefined> {
  return new Map(
    [...filesInLayers(/\.dist-info\/METADATA$/).values()].map((text) => {
      const name = metadataField(text, "Name") ?? "";
      const version = metadataField(text, "Version") ?? "";
      return [distributionKey({ name, version }), metadataLicense(text)];
    }),
  );
}

/** A Python package's name and version; lock files and metadata write the same name with different separators and case. */
const distributionKey = ({ name, version }: Package): string =>
  `${name.toLowerCase().replaceAll(/[._]/g, "-")}@${version}`;

/** The licence in a Python package's metadata: the licence expression, else the licence field, else the classifiers. */
function metadataLicense(text: string): string | undefined {
  const [head = ""] = text.split("\n\n", 1);
  const classifiers = [...head.matchAll(/^Classifier: License :: (?:OSI Approved :: )?(.+)$/gm)].map(
    ([, classifier]) => classifier,
  );
  const freeText = metadataField(head, "License");
  return (
    metadataField(head, "License-Expression") ??
    (freeText && freeText.length < 40 && freeText !== "UNKNOWN" ? freeText : undefined) ??
    (classifiers.length > 0 ? classifiers.join(" AND ") : undefined) ??
    identify(text)
  );
}

function metadataField(text: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.+)$`, "m").exec(text)?.[1]?.trim();
}

/** The licences in a Debian copyright file: those of its machine-readable fields, else those of the common licences that it mentions. */
function copyrightLicense(text: string): string {
  const fields = [...text.matchAll(/^License: *(\S.*)$/gm)].map(([, license = ""]) => license.trim());
  const common = [...text.matchAll(/\/usr\/share\/common-licenses\/([A-Za-z0-9.+-]+[A-Za-z0-9])/g)].map(
    ([, name = ""]) => name,
  );
  const licenses = [...new Set(fields.length > 0 ? fields : common)].sort();
  return licenses.length > 0 ? licenses.join(", ") : (identify(text) ?? "in its copyright file");
}

/** Texts of the files in all cached layers whose paths match, by path. */
function filesInLayers(pattern: RegExp): Map<string, string> {
  const texts = new Map<string, string>();
  for (const index of globSync("*.index.json", { cwd: cacheDir("layers") })) {
    const entries = JSON.parse(readFileSync(cacheDir("layers", index), "utf8")) as [path: string, content: string][];
    const paths = entries
      .filter(([path, content]) => content.startsWith("f ") && pattern.test(path))
      .map(([path]) => path);
    const tar = cacheDir("layers", index.replace(".index.json", ".tar"));
    for (const path of paths.filter((candidate) => !texts.has(candidate)))
      texts.set(path, execFileSync("tar", ["-xOf", tar, path], { encoding: "utf8", maxBuffer: 64 << 20 }));
  }
  return texts;
}

const keyOf = ({ name, version }: Package): string => `${name}@${version}`;

function sorted(entries: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

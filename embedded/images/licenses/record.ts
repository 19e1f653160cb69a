// Writes recorded.json, the licences that no lock file states, from the build's downloads. Run after `make up`: npm run licenses
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { cacheDir } from "../../node/paths.ts";
import { identify } from "./identify.ts";
import { goModules, type Package, pythonPackages } from "./packages.ts";
import { leftOut, type Recorded, readRecorded, recordedFile, unstated } from "./recorded.ts";

const before = readRecorded();
const modules = process.env.GOMODCACHE || join(process.env.GOPATH?.split(":")[0] || join(homedir(), "go"), "pkg/mod");

/** Files that hold a licence, by the names that people give them. */
const licenseFile = /^(un)?(licen[cs]e|copying)([._-].*)?$/i;

/** The licence of a Go module in the module cache, where an upper-case letter is written as `!` and the lower-case one. */
function ofModule({ name, version }: Package): string {
  const folder = join(
    modules,
    `${name}@${version}`.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`),
  );
  if (!existsSync(folder)) return before.go[`${name}@${version}`] ?? leftOut;
  const texts = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && licenseFile.test(entry.name))
    .map((entry) => readFileSync(join(folder, entry.name), "utf8"));
  const found = new Set(texts.flatMap((text) => identify(text)?.split(" AND ") ?? []));
  return found.size > 0 ? [...found].sort().join(" AND ") : unstated;
}

/** The licence that a Python package's metadata name: the expression, else the field, else the classifiers. */
function ofMetadata(text: string): string | undefined {
  const head = text.split("\n\n", 1)[0] ?? "";
  const field = (name: string) => new RegExp(`^${name}: (.+)$`, "m").exec(head)?.[1]?.trim();
  const classifiers = [...head.matchAll(/^Classifier: License :: (?:OSI Approved :: )?(.+)$/gm)].map(
    ([, item]) => item,
  );
  const free = field("License");
  return (
    field("License-Expression") ??
    (free && free.length < 40 && free !== "UNKNOWN" ? free : undefined) ??
    (classifiers.length > 0 ? classifiers.join(" AND ") : undefined) ??
    identify(text)
  );
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
    for (const path of paths.filter((item) => !found.has(item)))
      found.set(path, execFileSync("tar", ["-xOf", tar, path], { encoding: "utf8", maxBuffer: 64 << 20 }));
  }
  return found;
}

const metadata = new Map(
  [...inLayers(/\.dist-info\/METADATA$/)].map(([, text]) => {
    const field = (name: string) => new RegExp(`^${name}: (.+)$`, "m").exec(text)?.[1]?.trim() ?? "";
    return [`${field("Name").toLowerCase().replaceAll(/[._]/g, "-")}@${field("Version")}`, ofMetadata(text)];
  }),
);
const keyOf = ({ name, version }: Package) => `${name}@${version}`;
const go = Object.values(goModules()).flat();
const copyrights = [...inLayers(/^usr\/share\/doc\/[^/]+\/copyright$/)];

const recorded: Recorded = {
  go: sorted(go.map((item) => [keyOf(item), ofModule(item)])),
  python: sorted(
    pythonPackages().map((item) => {
      const key = `${item.name.replaceAll(/[._]/g, "-")}@${item.version}`;
      return [keyOf(item), metadata.get(key) ?? before.python[keyOf(item)] ?? leftOut];
    }),
  ),
  debian: sorted(copyrights.map(([path, text]) => [path.split("/")[3] ?? "", ofCopyright(text)])),
};
writeFileSync(recordedFile, `${JSON.stringify(recorded, null, 2)}\n`);
console.log(`${recordedFile}: ${go.length} Go modules, ${Object.keys(recorded.debian).length} Debian packages`);

function sorted(entries: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

// Lists every package in the images, read from the lock files.
import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const root = join(import.meta.dirname, "../../..");
const read = (...parts: string[]) => readFileSync(join(root, ...parts), "utf8");

/** A package of a registry. */
export interface Package {
  name: string;
  version: string;
  /** SPDX expression, where the lock file has one. */
  license?: string;
}

interface LockEntry {
  version?: string;
  license?: string;
  dev?: boolean;
  link?: boolean;
}

/** The packages in an npm lock file, except those for development only. */
function lockedPackages(file: string): Package[] {
  const { packages } = JSON.parse(read(file)) as { packages: Record<string, LockEntry> };
  return Object.entries(packages).flatMap(([path, { version = "", license, dev, link }]) =>
    path.includes("node_modules/") && !dev && !link
      ? [{ name: path.slice(path.lastIndexOf("node_modules/") + 13), version, license }]
      : [],
  );
}

/** npm packages that the own images, the deployer and the programs may contain, and those of the browser service's image. */
export const npmPackages = (): { own: Package[]; browserless: Package[] } => ({
  own: unique(lockedPackages("package-lock.json")),
  browserless: unique(lockedPackages("embedded/images/npm/browserless/package-lock.json")),
});

/** Go modules by program, which is the name of the folder with its go.mod. */
export function goModules(): Record<string, Package[]> {
  const files = globSync("embedded/{images/go,node}/*/go.mod", { cwd: root }).sort();
  return Object.fromEntries(
    files.map((file) => {
      const text = read(file);
      const replaced = new Map([...text.matchAll(/(\S+) => \S+ (v\S+)/g)].map(([, name, version]) => [name, version]));
      const required = text.matchAll(/^(?:require )?\s*([\w.-]+\.[\w.-]+(?:\/\S+)?) (v\S+)(?: \/\/ indirect)?$/gm);
      const modules = [...required].map(([, name = "", version = ""]) => ({
        name,
        version: replaced.get(name) ?? version,
      }));
      return [basename(dirname(file)), modules];
    }),
  );
}

/** PyPI packages of the model gateway's image. */
export function pythonPackages(): Package[] {
  return [
    ...read("embedded/images/python/requirements.lock").matchAll(/^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s\\;]+)/gm),
  ].map(([, name = "", version = ""]) => ({ name: name.toLowerCase(), version }));
}

function unique(packages: readonly Package[]): Package[] {
  const byKey = new Map(packages.map((item) => [`${item.name}@${item.version}`, item]));
  return [...byKey.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

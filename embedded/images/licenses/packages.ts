// Lists every package in the images, from the lock files.
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

interface Locked {
  version?: string;
  license?: string;
  dev?: boolean;
  link?: boolean;
}

/** Packages of a lock file of npm that are not for development only. */
function locked(...path: string[]): Package[] {
  const { packages } = JSON.parse(read(...path)) as { packages: Record<string, Locked> };
  return Object.entries(packages).flatMap(([place, { version = "", license, dev, link }]) =>
    place.includes("node_modules/") && !dev && !link
      ? [{ name: place.slice(place.lastIndexOf("node_modules/") + 13), version, license }]
      : [],
  );
}

/** npm packages that our own images, the deployer and the programs may hold, and those of the browser service's image. */
export const npmPackages = (): { own: Package[]; browserless: Package[] } => ({
  own: unique(locked("package-lock.json")),
  browserless: unique(locked("embedded/images/npm/browserless/package-lock.json")),
});

/** Go modules by program: the names of the folders with a go.mod. */
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

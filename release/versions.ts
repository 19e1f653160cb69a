// The version of the platform, which every package of the repository has: platformVersion, the policy pack's, the client's.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Manifest {
  version: string;
  workspaces?: string[];
}
interface Lock {
  version: string;
  packages: Record<string, { version?: string }>;
}

const read = <T>(file: string): T => JSON.parse(readFileSync(file, "utf8")) as T;

/** Folders of the packages, relative to the repository; "" is the repository itself. */
export function packages(root: string): string[] {
  return ["", ...(read<Manifest>(join(root, "package.json")).workspaces ?? [])];
}

/** The version that package.json has. */
export const versionOf = (root: string): string => read<Manifest>(join(root, "package.json")).version;

/**
 * The version that follows.
 *
 * @param change major, minor, patch, or the version itself
 * @throws where `change` is none of them, or not newer than `version`
 */
export function next(version: string, change: string): string {
  const [major = 0, minor = 0, patch = 0] = numbers(version);
  const nextVersion =
    { major: `${major + 1}.0.0`, minor: `${major}.${minor + 1}.0`, patch: `${major}.${minor}.${patch + 1}` }[change] ??
    change;
  if (!/^\d+\.\d+\.\d+$/.test(nextVersion))
    throw new Error(`'${change}' is not a release: give major, minor, patch or x.y.z`);
  if (compare(numbers(nextVersion), [major, minor, patch]) <= 0)
    throw new Error(`${nextVersion} is not newer than ${version}`);
  return nextVersion;
}

const numbers = (version: string): number[] => version.split(".").map(Number);
const compare = (a: readonly number[], b: readonly number[]): number =>
  a.map((part, i) => part - (b[i] ?? 0)).find((difference) => difference !== 0) ?? 0;

/** The example that asks for the published client, relative to the repository. */
export const consumer = "examples/consumer/package.json";

/** Writes `version` into every package's manifest, into the lock file, and into what the consumer's example asks for. */
export function setVersion(root: string, version: string): void {
  const folders = packages(root);
  for (const folder of folders) {
    const file = join(root, folder, "package.json");
    writeJson(file, { ...read<Manifest>(file), version });
  }
  const example = read<{ dependencies: Record<string, string> }>(join(root, consumer));
  example.dependencies["@agentic/platform-client"] = `^${version}`;
  writeJson(join(root, consumer), example);
  const file = join(root, "package-lock.json");
  const lock = read<Lock>(file);
  lock.version = version;
  for (const folder of folders) {
    const locked = lock.packages[folder];
    if (locked) locked.version = version;
  }
  writeJson(file, lock);
}

const writeJson = (file: string, value: object) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

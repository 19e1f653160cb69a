// Makes a release: npm run release -- minor (or major, patch, x.y.z) writes the version; npm run release -- tag tags the commit.
//
// Two steps, so that the first one can be a pull request: the tag belongs to the commit that is on main.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { released, section } from "./changelog.ts";
import { next, setVersion, versionOf } from "./versions.ts";

const usage = "usage: npm run release -- major|minor|patch|x.y.z|tag [--root folder]";

/** Writes the next version and its section of the changelog; returns the version. */
function write(root: string, change: string): string {
  const version = next(versionOf(root), change);
  const file = join(root, "CHANGELOG.md");
  const changelog = released(readFileSync(file, "utf8"), version, new Date().toISOString().slice(0, 10));
  setVersion(root, version);
  writeFileSync(file, changelog);
  return version;
}

/** Tags the commit with the version that package.json has; the tag's text is the changelog's. Returns the tag. */
function tag(root: string): string {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  const version = versionOf(root);
  const changelog = readFileSync(join(root, "CHANGELOG.md"), "utf8");
  const text = section(changelog, version);
  if (text === undefined)
    throw new Error(`CHANGELOG.md has no section ${version}: npm run release -- ${version} writes it`);
  if (section(changelog, "Unreleased"))
    throw new Error(
      `CHANGELOG.md: what is under Unreleased is not in ${version}: tag the commit of ${version}, or release what is new by npm run release -- minor`,
    );
  if (git("status", "--porcelain")) throw new Error("the work tree has changes: commit them first");
  const name = `v${version}`;
  if (git("tag", "--list", name)) throw new Error(`there is a tag ${name} already: a release is never moved`);
  git("tag", "--annotate", name, "--cleanup=verbatim", "--message", `${name}\n\n${text}\n`);
  return name;
}

try {
  const [change = "", option, folder] = process.argv.slice(2);
  if (!change || (option !== undefined && (option !== "--root" || !folder))) throw new Error(usage);
  const root = folder ?? join(import.meta.dirname, "..");
  console.log(
    change === "tag"
      ? `${tag(root)} is made: git push origin ${`v${versionOf(root)}`}`
      : `${write(root, change)} is written: commit it, and run npm run release -- tag once it is on main`,
  );
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

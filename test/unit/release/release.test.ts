// A release: every package gets the version, the changelog its section, the commit its tag; and nothing where that can't be.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { section } from "../../../release/changelog.ts";
import { consumer, next, packages, versionOf } from "../../../release/versions.ts";
import { nonEmpty } from "../../non-empty.ts";

const repositoryRoot = join(import.meta.dirname, "../../..");
const readFile = (root: string, ...path: string[]) => readFileSync(join(root, ...path), "utf8");

/** A repository with this one's manifests and a change that is not released. */
function repository(): string {
  const root = mkdtempSync(join(tmpdir(), "release-"));
  for (const file of [
    "package-lock.json",
    consumer,
    ...packages(repositoryRoot).map((folder) => join(folder, "package.json")),
  ]) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(join(repositoryRoot, file), join(root, file));
  }
  writeFileSync(
    join(root, "CHANGELOG.md"),
    "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [0.0.1] - 2020-01-01\n\n- First.\n",
  );
  git(root, "init", "--quiet");
  commit(root);
  return root;
}

const git = (root: string, ...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
function commit(root: string): void {
  git(root, "config", "user.name", "Somebody");
  git(root, "config", "user.email", "somebody@example.com");
  git(root, "add", "--all");
  git(root, "commit", "--quiet", "--message", "All");
}
function release(root: string, change: string) {
  const main = join(repositoryRoot, "release/main.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, change, "--root", root], { encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("the next version", () => {
  it.each([
    ["major", "2.0.0"],
    ["minor", "1.3.0"],
    ["patch", "1.2.10"],
    ["1.10.0", "1.10.0"],
  ])("after 1.2.9 with %s is %s", (change, version) => expect(next("1.2.9", change)).toBe(version));

  it.each([
    ["1.2.9", "1.2.9 is not newer than 1.2.9"],
    ["1.1.10", "1.1.10 is not newer than 1.2.9"],
    ["1.2", "'1.2' is not a release"],
    ["", "'' is not a release"],
  ])("is not '%s'", (change, message) => expect(() => next("1.2.9", change)).toThrow(message));
});

describe("a release", () => {
  it("is written into every package, the lock file and the changelog, and nothing else is changed", () => {
    const root = repository();
    const version = next(versionOf(root), "minor");
    expect(release(root, "minor")).toMatchObject({ status: 0, stderr: "" });
    for (const folder of nonEmpty(packages(root)))
      expect(JSON.parse(readFile(root, folder, "package.json")).version, folder).toBe(version);
    const { dependencies } = JSON.parse(readFile(root, consumer));
    expect(dependencies["@agentic/platform-client"]).toBe(`^${version}`);
    const lock = JSON.parse(readFile(root, "package-lock.json"));
    for (const folder of nonEmpty(packages(root))) expect(lock.packages[folder].version, folder).toBe(version);
    expect(section(readFile(root, "CHANGELOG.md"), version)).toBe("### Added\n\n- A thing.");
    expect(section(readFile(root, "CHANGELOG.md"), "Unreleased")).toBe("");
    const changed = git(root, "diff", "--numstat").split("\n");
    const lines = changed.map((line) => line.split("\t").map(Number));
    expect(lines.filter(([added = 0], i) => !changed[i]?.includes("lock") && added > 2)).toEqual([]);
  });

  it("is a tag with the changelog's words once it is committed", () => {
    const root = repository();
    release(root, "9.0.0");
    expect(release(root, "tag")).toMatchObject({ status: 1, stderr: "the work tree has changes: commit them first\n" });
    commit(root);
    expect(release(root, "tag").status).toBe(0);
    expect(git(root, "tag", "--list", "--format=%(contents)", "v9.0.0")).toBe("v9.0.0\n\n### Added\n\n- A thing.");
    expect(release(root, "tag").stderr).toContain("there is a tag v9.0.0 already");
  });

  it("has no tag on a commit with changes that it doesn't have", () => {
    const root = repository();
    release(root, "9.0.0");
    const changelog = readFile(root, "CHANGELOG.md");
    writeFileSync(join(root, "CHANGELOG.md"), changelog.replace("## [Unreleased]", "## [Unreleased]\n\n- More."));
    commit(root);
    expect(release(root, "tag").stderr).toContain("what is under Unreleased is not in 9.0.0");
    expect(git(root, "tag")).toBe("");
  });

  it("without anything new is refused, and changes nothing", () => {
    const root = repository();
    release(root, "minor");
    commit(root);
    expect(release(root, "minor").stderr).toContain("nothing under '## [Unreleased]'");
    expect(git(root, "status", "--porcelain")).toBe("");
  });

  it("that the changelog doesn't know has no tag", () => {
    expect(release(repository(), "tag").stderr).toMatch(/CHANGELOG\.md has no section \d/);
  });
});

it("all packages have one version, and the changelog has its section", () => {
  const version = versionOf(repositoryRoot);
  for (const folder of nonEmpty(packages(repositoryRoot)))
    expect(JSON.parse(readFile(repositoryRoot, folder, "package.json")).version, folder).toBe(version);
  expect(section(readFile(repositoryRoot, "CHANGELOG.md"), version)).toBeTruthy();
  expect(section(readFile(repositoryRoot, "CHANGELOG.md"), "Unreleased")).toBeDefined();
});

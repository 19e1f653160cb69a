// What the pages lead to is there: files, headings, folders of the repository, targets of make, scripts of npm.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { alerts, runbookOf } from "../../../components/observability/alerts.ts";
import { nonEmpty } from "../../non-empty.ts";

const root = join(import.meta.dirname, "../../..");
const pages = globSync("{*,*/*,*/*/*}.md", { cwd: root, exclude: ["**/node_modules", "node_modules", "out"] }).sort();
const read = (file: string) => readFileSync(join(root, file), "utf8");
const prose = (file: string) => read(file).replace(/```[\s\S]*?```/g, "");

/** A heading's anchor, as GitHub makes it. */
const anchor = (heading: string) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
const anchors = (file: string) => [...prose(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchor(heading));

test("there are pages to look at", () => {
  expect(pages).toContain("README.md");
  expect(pages.length).toBeGreaterThan(20);
});

describe.each(nonEmpty(pages))("%s", (page) => {
  test("leads to files and headings that are there", () => {
    const links = [...prose(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = ""]) => link);
    const broken = links.filter((link) => {
      const [path = "", heading] = link.split("#");
      const target = path ? join(dirname(page), path) : page;
      if (!existsSync(join(root, target))) return true;
      return heading !== undefined && !anchors(target).includes(heading);
    });
    expect(broken).toEqual([]);
  });

  test("names paths of the repository that are there", () => {
    const folders =
      /^(stacks|components|embedded|operator|agents|policy|test|examples|docs|api|workflows|platform-client)\//;
    const paths = [...prose(page).matchAll(/`([\w.@-]+(?:\/[\w.@-]+)+\/?)`/g)].map(([, path = ""]) => path);
    expect(paths.filter((path) => folders.test(path) && !existsSync(join(root, path)))).toEqual([]);
  });

  test("names targets of make and scripts of npm that are there", () => {
    const targets = [...read("Makefile").matchAll(/^([a-z]+):/gm)].map(([, target]) => target);
    const scripts = Object.keys(JSON.parse(read("package.json")).scripts);
    const makeRuns = [...read(page).matchAll(/[`(\n;&] *(?:[A-Z]+=\S+ )*make (?:-s )?([a-z]+)[`)\s]/g)];
    const npmRuns = [...read(page).matchAll(/npm run (?:-s )?([a-z]+)/g)];
    expect(makeRuns.map(([, target]) => target).filter((target) => !targets.includes(target))).toEqual([]);
    expect(npmRuns.map(([, script = ""]) => script).filter((script) => !scripts.includes(script))).toEqual([]);
  });
});

test("every page is at most two clicks from README", () => {
  const linked = (page: string) =>
    [...prose(page).matchAll(/\]\((?!https?:|#)([^)\s#]+)[^)\s]*\)/g)].map(([, link = ""]) =>
      join(dirname(page), link),
    );
  const first = linked("README.md").filter((page) => page.endsWith(".md"));
  const reachable = new Set(["README.md", ...first, ...first.flatMap(linked)]);
  // Forms that GitHub shows by itself.
  const isRendered = (page: string) => page.startsWith(".github/");
  expect(pages.filter((page) => !reachable.has(page) && !isRendered(page))).toEqual([]);
});

test("every alert has its runbook", () => {
  for (const name of nonEmpty(Object.keys(alerts)))
    expect(existsSync(join(root, `docs/runbooks/${runbookOf(name)}.md`)), name).toBe(true);
});

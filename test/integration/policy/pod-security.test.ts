// The policies judge pods as Kubernetes' own Pod Security does: held against its checks and the pods of its tests, as they stand in
// the module that the embedded node's API server is built of.
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ensureGo } from "../../../embedded/node/go.ts";
import { podSecurity } from "../../../policy/pod-security.ts";
import { rules } from "../../../policy/rules/index.ts";
import { verdicts } from "../../../policy/testing/table.ts";
import type { Fields } from "../../../policy/values.ts";
import { nonEmpty } from "../../non-empty.ts";

let module: string;
beforeAll(async () => {
  const kube = join(import.meta.dirname, "../../../embedded/node/kube");
  const { command } = await ensureGo(kube, () => {});
  const download = execFileSync(command, ["mod", "download", "-json", "k8s.io/pod-security-admission"], { cwd: kube });
  module = (JSON.parse(download.toString()) as { Dir: string }).Dir;
});

/** The rules that cover some checks. */
const covering = (checks: typeof podSecurity) =>
  rules.filter(({ name }) => Object.values(checks).some(({ policies }) => policies.includes(name)));

/** The pods of a level's tests in the newest version that has some, by the names of their files. */
function pods(level: string, outcome: "pass" | "fail"): [name: string, pod: Fields][] {
  const minor = (folder: string) => Number(basename(folder).split(".")[1]);
  const newest = globSync(join(module, "test/testdata", level, "v1.*")).sort((a, b) => minor(b) - minor(a))[0] ?? "";
  const files = nonEmpty(globSync(join(newest, outcome, "*.yaml")).sort());
  return files.map((file) => [basename(file, ".yaml"), parse(readFileSync(file, "utf8")) as Fields]);
}

test("each check of Pod Security is in the table, with its level and policies that exist", () => {
  const files = globSync(join(module, "policy/check_*.go")).filter((file) => !file.endsWith("_test.go"));
  const checks = files.map((file) => {
    const source = readFileSync(file, "utf8");
    const [, id = file] = /\b(?:ID:|CheckID =)\s+"(\w+)"/.exec(source) ?? [];
    return [id, /Level:\s+api\.Level(\w+)/.exec(source)?.[1]?.toLowerCase()] as const;
  });
  const listed = Object.entries(podSecurity).map(([id, { level }]) => [id, level] as const);
  expect(listed.sort()).toEqual(checks.sort());
  for (const { policies } of Object.values(podSecurity))
    for (const name of nonEmpty(policies)) expect(rules.map((rule) => rule.name)).toContain(name);
});

describe("what Pod Security refuses is refused by the policies that cover the check", () => {
  test.each(["baseline", "restricted"])("%s", (level) => {
    const missed = pods(level, "fail").filter(([name, pod]) => {
      const check = Object.keys(podSecurity).find((id) => id.toLowerCase() === name.replace(/\d+$/, "")) ?? "";
      const policies = covering({ [check]: podSecurity[check] ?? { level: "baseline", policies: [] } });
      return policies.every((rule) => verdicts(rule, pod).length === 0);
    });
    expect(missed.map(([name]) => name)).toEqual([]);
  });
});

test("what Pod Security restricted admits is refused by none of them", () => {
  const violating = pods("restricted", "pass").flatMap(([name, pod]) =>
    covering(podSecurity).flatMap((rule) => verdicts(rule, pod).map((message) => `${name}: ${rule.name}: ${message}`)),
  );
  expect(violating).toEqual([]);
});

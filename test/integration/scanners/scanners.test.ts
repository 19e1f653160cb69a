// kube-score and checkov find nothing critical in what the stacks put into their clusters, but what the docs accept with a reason.
import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { standIns } from "../../../embedded/cli/policy.ts";
import { renderTo } from "../../../embedded/deploy/deploy.ts";
import { nonEmpty } from "../../non-empty.ts";
import { checkov, kubeScore } from "./tools.ts";

const directory = dirname(dirname(dirname(import.meta.dirname)));
const stacks = ["dev", "gke"];
/** Rows of the page's table: tool and finding. */
const accepted = [
  ...readFileSync(join(directory, "docs/accepted-findings.md"), "utf8").matchAll(
    /^\| (kube-score|checkov) \| (\S+) \| \S/gm,
  ),
].map(([, tool, finding]) => `${tool} ${finding}`);
/** Finding → the objects that have it. */
type Findings = Map<string, string[]>;

const work = mkdtempSync(join(tmpdir(), "scan-"));
const findingsByProgram = new Map<string, Findings>();

beforeAll(async () => {
  const [score, check] = [await kubeScore(), checkov()];
  for (const stack of stacks) {
    const out = join(work, stack);
    await renderTo({ directory, stack, config: standIns(stack), out, stateFile: join(work, `${stack}.json`) });
    findingsByProgram.set(stack, new Map([...kubeScoreFindings(score, out), ...checkovFindings(check, out)]));
  }
});

afterAll(() => rmSync(work, { recursive: true }));

describe.each(stacks)("the stack %s", (stack) => {
  test("has no finding that isn't accepted", () => {
    const open = [...(findingsByProgram.get(stack) ?? [])].filter(([finding]) => !accepted.includes(finding));
    expect(Object.fromEntries(open)).toEqual({});
  });
});

test("every accepted finding is still there", () => {
  const all = new Set([...findingsByProgram.values()].flatMap((findings) => [...findings.keys()]));
  expect(accepted.filter((finding) => !all.has(finding))).toEqual([]);
});

/** Critical ones: kube-score's grade 1. */
function kubeScoreFindings(program: string, out: string): Findings {
  const { stdout, stderr } = spawnSync(
    program,
    ["score", "--output-format=json", ...globSync(join(out, "**/*.yaml"))],
    {
      encoding: "utf8",
      maxBuffer: 256 << 20,
    },
  );
  if (!stdout.startsWith("[")) throw new Error(`kube-score failed: ${stderr}`);
  const objects = JSON.parse(stdout) as {
    object_name: string;
    checks: { check: { id: string }; grade: number; skipped: boolean }[];
  }[];
  const findings: Findings = new Map();
  for (const { object_name: name, checks } of nonEmpty(objects))
    for (const { check, grade, skipped } of nonEmpty(checks))
      if (grade === 1 && !skipped) add(findings, `kube-score ${check.id}`, name);
  return findings;
}

function checkovFindings(program: string, out: string): Findings {
  const text = execFileSync(
    program,
    ["-d", out, "--framework", "kubernetes", "--compact", "--quiet", "--soft-fail", "--skip-download", "-o", "json"],
    { encoding: "utf8", maxBuffer: 256 << 20, stdio: ["ignore", "pipe", "ignore"] },
  );
  const { results, summary } = JSON.parse(text) as {
    results: { failed_checks: { check_id: string; resource: string }[] };
    summary: { passed: number; parsing_errors: number };
  };
  expect(summary.parsing_errors).toBe(0);
  expect(summary.passed).toBeGreaterThan(100);
  const findings: Findings = new Map();
  for (const { check_id: id, resource } of results.failed_checks) add(findings, `checkov ${id}`, resource);
  return findings;
}

function add(findings: Findings, finding: string, object: string): void {
  findings.set(finding, [...(findings.get(finding) ?? []), object]);
}

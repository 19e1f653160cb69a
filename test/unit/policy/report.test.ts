// What is shown of a policy report: text for people, and SARIF that code scanning takes.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import Schema from "typebox/schema";
import { expect, test } from "vitest";
import type { PolicyReport } from "../../../embedded/deploy/policy/check.ts";
import type { Policy, Violation } from "../../../embedded/deploy/policy/messages.ts";
import { sarifOf } from "../../../embedded/deploy/policy/sarif.ts";
import { counts, textOf } from "../../../embedded/deploy/policy/text.ts";

const policy = (name: string, more: Partial<Policy> = {}): Policy => ({
  name,
  level: "mandatory",
  severity: "high",
  description: `${name} must hold.`,
  remedy: "Do it.",
  url: `https://example.com/policies.md#${name}`,
  tags: ["pods"],
  ...more,
});
const urn = "urn:pulumi:dev::platform::agentic:data:Minio$kubernetes:apps/v1:StatefulSet::minio";
const violation = (name: string, more: Partial<Violation> = {}): Violation => ({
  policy: name,
  pack: "pack",
  level: "mandatory",
  severity: "high",
  message: "spec.a: missing: set it",
  urn,
  ...more,
});
const report = (more: Partial<PolicyReport> = {}): PolicyReport => ({
  pack: "pack",
  version: "1.2.3",
  policies: [
    policy("late", { severity: "low", level: "advisory", tags: ["cost"] }),
    policy("first", { severity: "critical" }),
    policy("off", { level: "disabled" }),
  ],
  resources: 7,
  violations: [
    violation("first", { severity: "critical" }),
    violation("first", { severity: "critical", message: "spec.b: missing: set it" }),
    violation("late", { level: "advisory", severity: "low", urn: "" }),
  ],
  remediated: [],
  undecided: [],
  sources: { [urn]: { file: "/repo/components/data/minio.ts", line: 42 } },
  ...more,
});
const subject = { stack: "dev", directory: "/repo", main: "stacks/index.ts" };

test("the text begins with the worst, groups by policy and resource, and ends with the sum", () => {
  expect(textOf(report(), "/repo")).toBe(
    `critical · mandatory · first: first must hold.
  kubernetes:apps/v1:StatefulSet minio  components/data/minio.ts:42
    spec.a: missing: set it
    spec.b: missing: set it
  → Do it. https://example.com/policies.md#first

low · advisory · late: late must hold.
  the stack
    spec.a: missing: set it
  → Do it. https://example.com/policies.md#late

pack 1.2.3: 2 policies over 7 resources: 2 mandatory violations (2 critical), 1 advisory`,
  );
});

test("what waits for a deployment is counted by policy", () => {
  const undecided = ["first", "late", "first"].map((name) => ({ policy: name, urn, reason: "not known: spec.a" }));
  expect(textOf(report({ violations: [], undecided }), "/repo")).toBe(
    [
      "not known yet: 3 checks asked for values that only a deployment knows (first 2, late 1)",
      "pack 1.2.3: 2 policies over 7 resources: no violations",
    ].join("\n\n"),
  );
});

test("a clean program is said to be clean, and what was put right is named", () => {
  const remediated = [{ policy: "first", urn }];
  expect(textOf(report({ violations: [], remediated }), "/repo")).toBe(
    "put right by first: kubernetes:apps/v1:StatefulSet minio\n\npack 1.2.3: 2 policies over 7 resources: no violations",
  );
});

test("one violation is one", () => {
  expect(counts([violation("a")])).toBe("1 mandatory violation (1 high), 0 advisory");
  expect(counts([violation("a", { level: "advisory" })])).toBe("0 mandatory violations, 1 advisory");
});

test("SARIF holds to the schema of 2.1.0", () => {
  const schema = createRequire(import.meta.url).resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
  // One of its patterns, for language codes, is none by the rules of today.
  const text = readFileSync(schema, "utf8").replaceAll("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
  const check = Schema.Compile(JSON.parse(text));
  expect(check.Errors(sarifOf(report(), subject))[1]).toEqual([]);
  // The schema does refuse something.
  expect(check.Check({ version: "2.1.0", runs: [{ results: [{ message: 1 }] }] })).toBe(false);
});

test("SARIF's results name rule, level, place in the program and resource", () => {
  const [run] = sarifOf(report(), subject).runs;
  expect(run?.tool.driver.rules.map(({ id }) => id)).toEqual(["late", "first"]);
  expect(run?.results[0]).toMatchObject({
    ruleId: "first",
    ruleIndex: 1,
    level: "error",
    message: { text: "kubernetes:apps/v1:StatefulSet minio: spec.a: missing: set it" },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: "components/data/minio.ts" }, region: { startLine: 42 } },
        logicalLocations: [{ fullyQualifiedName: urn }],
      },
    ],
  });
  expect(run?.results[2]).toMatchObject({
    level: "note",
    locations: [{ physicalLocation: { artifactLocation: { uri: "stacks/index.ts" }, region: { startLine: 1 } } }],
  });
});

test("code scanning is told how severe a rule is for security, and nothing of the kind for money", () => {
  const rules = sarifOf(report(), subject).runs[0]?.tool.driver.rules;
  expect(rules?.[1]?.properties).toMatchObject({ tags: ["security", "pods"], "security-severity": "9.5" });
  expect(rules?.[0]?.properties).not.toHaveProperty("security-severity");
});

test("a fingerprint stays when a file's lines and a message's values change, and differs by policy, resource and field", () => {
  const printOf = (more: Partial<Violation>, line = 42) =>
    sarifOf(
      report({
        violations: [violation("first", more)],
        sources: { [urn]: { file: "/repo/components/data/minio.ts", line } },
      }),
      subject,
    ).runs[0]?.results[0]?.partialFingerprints.primaryLocationLineHash;
  const printedCatalogue = printOf({});
  expect(printedCatalogue).toMatch(/^[0-9a-f]{32}:1$/);
  expect(printOf({ message: "spec.a: 3 is too much: set 2" }, 99)).toBe(printedCatalogue);
  expect(printOf({ policy: "late" })).not.toBe(printedCatalogue);
  expect(printOf({ urn: `${urn}2` })).not.toBe(printedCatalogue);
  expect(printOf({ message: "spec.b: missing: set it" })).not.toBe(printedCatalogue);
});

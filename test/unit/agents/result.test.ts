// Results fit into what engines carry.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SEVERITIES, type StepResult } from "@agentic/api/template.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeResult, writeResult } from "../../../agents/core/result.ts";

const finding = fc.record({
  severity: fc.constantFrom(...SEVERITIES),
  url: fc.webUrl(),
  text: fc.string({ unit: "binary-ascii", maxLength: 600 }),
});
const results: fc.Arbitrary<StepResult> = fc.record(
  {
    artifacts: fc.dictionary(
      fc.stringMatching(/^[a-z_0-9]{1,20}$/),
      fc.constant("s3://artifacts/job_x/screenshots/1.png"),
      { maxKeys: 110 },
    ),
    confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    reasons: fc.array(fc.string({ maxLength: 500 }), { maxLength: 30 }),
    findings: fc.array(finding, { maxLength: 60 }),
    manifest: fc.record({
      uri: fc.constant(
        `s3://artifacts/${"p".repeat(200)}/manifests/4f0c6a52-9f3c-4b0e-8a53-0d6f0c1f7c11/screenshot.json`,
      ),
      digest: fc.constant(`sha256:${"0".repeat(64)}`),
      count: fc.nat(),
      bytes: fc.nat(),
    }),
  },
  { requiredKeys: ["artifacts"] },
);

test("any result becomes JSON of at most 4 KiB without template tags, and keeps its confidence and its manifest", () => {
  fc.assert(
    fc.property(results, (result) => {
      const text = encodeResult(result);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
      expect(text).not.toContain("{{");
      expect(text).not.toContain("}}");
      const read = JSON.parse(text) as StepResult;
      expect(read.manifest).toEqual(result.manifest);
      expect(read.confidence).toBe(result.confidence === undefined ? undefined : result.confidence + 0);
    }),
  );
});

test("a small result is itself", () => {
  const result: StepResult = {
    artifacts: { report: "s3://artifacts/job_x/report.md" },
    confidence: 0.97,
    reasons: ["a"],
    findings: [],
  };
  expect(JSON.parse(encodeResult(result))).toEqual(result);
});

test("tags in page text are taken apart", () =>
  expect(JSON.parse(encodeResult({ artifacts: {}, reasons: ["{{workflow.parameters.x}} {{{"] })).reasons).toEqual([
    "{ {workflow.parameters.x} } { { {",
  ]));

test("the worst findings stay when not all fit", () => {
  const findings = Array.from({ length: 200 }, (_, i) => ({
    severity: i === 150 ? ("critical" as const) : ("low" as const),
    url: "https://x.example/",
    text: `finding ${i} ${"x".repeat(100)}`,
  }));
  const result = JSON.parse(encodeResult({ artifacts: { a: "s3://bucket/a" }, findings })) as StepResult;
  expect(result.findings?.[0]).toMatchObject({ severity: "critical" });
  expect(result.findings?.length).toBeGreaterThan(5);
  expect(result.artifacts).toEqual({ a: "s3://bucket/a" });
});

test("a result that can't fit is an error", () =>
  expect(() => encodeResult({ artifacts: {}, confidence: 1 }, 10)).toThrow("does not fit into 10 bytes"));

test("writes into a file that is already there, as a mounted one is", () => {
  const dir = mkdtempSync(join(tmpdir(), "result-"));
  try {
    const file = join(dir, "outputs", "result.json");
    writeResult({ artifacts: { a: "s3://bucket/long-name" } }, file);
    const text = writeResult({ artifacts: {} }, file);
    expect(readFileSync(file, "utf8")).toBe(text);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

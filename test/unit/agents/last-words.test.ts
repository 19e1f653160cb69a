// A step that fails says why where the engine looks for it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LAST_WORDS } from "@agentic/api/template.ts";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lastWords, leaveLastWords } from "../../../agents/core/last-words.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "words-"));
});
afterAll(() => rmSync(dir, { recursive: true }));
const text = (file: string) => readFileSync(join(dir, file), "utf8");

test("any words become one line of at most 1 KiB without template tags", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 1500 }), (error) => {
      const message = lastWords(error);
      expect(Buffer.byteLength(message)).toBeLessThanOrEqual(LAST_WORDS.maxBytes);
      expect(message).not.toMatch(/\n|\{\{|\}\}/);
      expect(message.isWellFormed()).toBe(true);
      expect(lastWords(message)).toBe(message.trim());
    }),
    { numRuns: 50 },
  );
  expect(lastWords("ä".repeat(600))).toBe("ä".repeat(512));
});

test("go into the container's termination message where there is one", () => {
  writeFileSync(join(dir, "termination-log"), "");
  leaveLastWords("model gpt-9 is unknown", join(dir, "result"), join(dir, "termination-log"));
  expect(text("termination-log")).toBe("model gpt-9 is unknown");
  expect(() => text("result")).toThrow();
});

test("go into the result file where that is the termination message, in place of a result", () => {
  writeFileSync(join(dir, "result.json"), '{"artifacts":{}}');
  leaveLastWords("model gpt-9 is unknown", join(dir, "result.json"), join(dir, "none"));
  expect(text("result.json")).toBe("model gpt-9 is unknown");
});

test("that can't be left change nothing else", () => {
  expect(() => leaveLastWords("why", join(dir, "no", "such", "folder"), join(dir, "none"))).not.toThrow();
});

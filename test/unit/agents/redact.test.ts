// What of a text leaves the step in a span: no secrets, no keys, nobody's addresses and numbers.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { readSettings } from "../../../agents/core/config.ts";
import { redactor } from "../../../agents/core/redact.ts";
import { writeSecrets } from "../../integration/agents/services.ts";
import { agentEnvironment } from "./environment.ts";

const dir = mkdtempSync(join(tmpdir(), "redact-"));
const secret = 'tenant "s own';
writeSecrets(dir, { litellm: { "api-key": secret } });
afterAll(() => rmSync(dir, { recursive: true }));

const redact = redactor(readSettings("analysis", { ...agentEnvironment, SECRETS_DIR: dir }));

describe("a text for a span", () => {
  test.each([
    ["write to ann.lee+x@mail.acme.example today", "write to (hidden) today"],
    [`the key is ${secret}.`, "the key is (hidden)."],
    ["token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl!", "token (hidden)!"],
    ["use sk-proj_0123456789abcdefghij now", "use (hidden) now"],
    ["Authorization: Bearer abcdefgh.ijkl", "Authorization: (hidden)"],
    ["https://ann:pass@site.example/a", "https://(hidden)@site.example/a"],
    ["pay to DE89 3704 0044 0532 0130 00 please", "pay to (hidden) please"],
    ["card 4111 1111 1111 1111", "card (hidden)"],
    ["call +49 (30) 1234-5678 now", "call (hidden) now"],
  ])("hides what is in '%s'", (text, hidden) => {
    expect(redact(text)).toBe(hidden);
  });

  test.each(["It costs 1,299.00 EUR in 2026, on page 12 of 30.", "Kettle K-2000, 1.7 l, guarantee 24 months."])(
    "leaves '%s'",
    (text) => expect(redact(text)).toBe(text),
  );

  test("is as long as a span may have it, whatever the text, and a secret at its end isn't cut in two", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.nat(16_500), (text, length) => {
        const redacted = redact(text + ".".repeat(length) + secret);
        expect(redacted.length).toBeLessThanOrEqual(16_384);
        expect(redacted).not.toContain(secret.slice(0, 8));
      }),
      { numRuns: 20 },
    );
  });
});

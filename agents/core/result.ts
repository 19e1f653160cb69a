// Writes the step's result file: small JSON that the workflow engine passes on as an output parameter.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { ManifestEntry } from "@agentic/api/artifacts.ts";
import { RESULT, type StepResult } from "@agentic/api/template.ts";
import { clean, cut } from "@agentic/api/text.ts";

/** The output of a step's work. */
export interface StepOutput extends Pick<StepResult, "confidence" | "reasons" | "findings" | "pages"> {
  /** All artifacts that it wrote. */
  artifacts: ManifestEntry[];
}

const MAX_TEXT = 300;

/** The order in which findings are kept when not all fit, which is the opposite of that of `SEVERITIES`. */
const rank = { critical: 0, high: 1, medium: 2, low: 3, info: 4 };

/**
 * The result as JSON of at most `maxBytes`. Where it is too large, long texts are cut first; then the least severe findings, the last
 * reasons, and the last artifacts (of which there is one per screenshot) are left out, in this order.
 */
export function encodeResult(result: StepResult, maxBytes: number = RESULT.maxBytes): string {
  const shorten = (text: string, limit: number) => cut(clean(text), limit, "…");
  for (const limit of [MAX_TEXT, 160, 80]) {
    const shorter: StepResult = {
      ...result,
      ...(result.reasons ? { reasons: result.reasons.map((reason) => shorten(reason, limit)) } : {}),
      ...(result.findings
        ? {
            findings: result.findings
              .map((finding) => ({ ...finding, url: shorten(finding.url, limit), text: shorten(finding.text, limit) }))
              .sort((a, b) => rank[a.severity] - rank[b.severity]),
          }
        : {}),
    };
    const text = toJson(shorter);
    if (Buffer.byteLength(text) <= maxBytes) return text;
    if (limit === 80) return encodeShortened(shorter, maxBytes);
  }
  throw new Error("unreachable");
}

function encodeShortened(result: StepResult, maxBytes: number): string {
  const findings = [...(result.findings ?? [])];
  const reasons = [...(result.reasons ?? [])];
  const artifacts = Object.entries(result.artifacts);
  for (;;) {
    const text = toJson({
      ...result,
      artifacts: Object.fromEntries(artifacts),
      ...(result.reasons ? { reasons } : {}),
      ...(result.findings ? { findings } : {}),
    });
    if (Buffer.byteLength(text) <= maxBytes) return text;
    const list = findings.length > 1 ? findings : reasons.length > 1 ? reasons : artifacts;
    if (list.pop() === undefined) throw new Error(`the step's result does not fit into ${maxBytes} bytes`);
  }
}

/**
 * The result as JSON without `{{` and `}}`, which workflow engines would substitute, even in text from pages. A space between two
 * braces of the JSON itself does not change it.
 */
function toJson(result: StepResult): string {
  return JSON.stringify(result)
    .replace(/\{(?=\{)/g, "{ ")
    .replace(/\}(?=\})/g, "} ");
}

/**
 * Writes the result file, and returns its text. It is written in place, not renamed, because an engine may have mounted the file itself
 * as the container's termination message.
 */
export function writeResult(result: StepResult, file: string = RESULT.path): string {
  const text = encodeResult(result);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return text;
}

// Wherever a room cuts a text of others, an emoji at the cut stays whole or goes, and controls are gone.
import { expect, describe as group, test } from "vitest";
import { describe } from "../../../agents/core/errors.ts";
import { encodeResult } from "../../../agents/core/result.ts";
import { print } from "../../../embedded/deploy/kubernetes/diff.ts";
import { items } from "../../../embedded/engine/core/expand.ts";
import { Refusal } from "../../../embedded/receiver/body.ts";
import { gatePatch } from "../../../operator/decide/gate.ts";

/** A rocket begins at every second place, so that any cut at an odd number of units would halve one. */
const rockets = (before: string) => `${before}\0${"\u{1F680}".repeat(2000)}`;

const thrownBy = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
};

const cuts: Record<string, (text: string) => string> = {
  "an agent's error": (text) => describe(new Error(text)),
  "an agent's error that is no Error": (text) => describe(text),
  "a step's reasons": (text) => encodeResult({ artifacts: {}, reasons: [text] }),
  "a step's findings": (text) =>
    encodeResult({ artifacts: {}, findings: [{ severity: "low", url: "http://x/", text }] }),
  "a difference": (text) => print({ path: "data.x", before: text, after: undefined }),
  "a refused event": (text) => new Refusal(400, text).message,
  "a list that is none": (text) =>
    thrownBy(() =>
      items({ name: "x", template: "t", withParam: text } as unknown as Parameters<typeof items>[0], () => undefined),
    ),
  "a gate's verdict": (reason) => {
    const workflow = { metadata: { name: "w" } } as Parameters<typeof gatePatch>[0];
    const gate = { id: "g", name: "w.gate" } as Parameters<typeof gatePatch>[1];
    const answer = { decision: "approve" as const, by: "ada", reason };
    return JSON.stringify(gatePatch(workflow, gate, { ...answer, evidence: {}, at: "2026-11-28T00:00:00Z" }));
  },
};

group.each(Object.entries(cuts))("%s", (_, shown) => {
  test.each(["", "x"])("is well-formed, wherever the cut falls (%j before)", (before) => {
    const text = shown(rockets(before));
    expect(text.length).toBeLessThan(2000);
    // JSON.stringify writes half a pair as an escape.
    expect(text).not.toMatch(/\\ud[89a-f]/i);
    expect(text.isWellFormed()).toBe(true);
  });
});

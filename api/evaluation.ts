// What the suite of evaluations says of a WorkflowTemplate, and the digest that says of which state of it.
import { createHash } from "node:crypto";
import { sorted } from "./sorted.ts";

/** Channels of templates: a `stable` one is evaluated, a `canary` is tried. */
export const CHANNELS = ["stable", "canary"] as const;
export type Channel = (typeof CHANNELS)[number];

/** The annotation `agentic.io/evaluation`, as JSON; `npm run eval -- --write` makes it. */
export interface Evaluation {
  /** {@link templateDigest} of the template that was evaluated. */
  template: string;
  /** 0..1. */
  score: number;
  /** How many recorded runs of the template were replayed. */
  cases: number;
  /** Whether the suite passed. */
  passed: boolean;
}

/** `sha256:` and the hex digest of what a run of a template does: its entrypoint, templates and parameters, whatever their keys' order. */
export function templateDigest(spec: Readonly<Record<string, unknown>>): string {
  const { entrypoint, arguments: parameters, templates } = spec;
  const text = JSON.stringify(sorted({ entrypoint, parameters, templates }));
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

// A phase as a badge: in words and a picture, never by its colour alone.
import type { WorkloadPhase } from "@agentic/api/phases.ts";
import type { JSX } from "preact";
import { Icon, type IconName } from "./icon.tsx";

/** Colours of badges, nodes and bars: the classes of the style sheet. */
export type Tone = "good" | "busy" | "wait" | "bad" | "denied" | "idle";

const PHASE_LOOKS: Record<WorkloadPhase, { tone: Tone; icon: IconName; words: string }> = {
  Pending: { tone: "idle", icon: "clock", words: "Pending" },
  Running: { tone: "busy", icon: "spin", words: "Running" },
  AwaitingApproval: { tone: "wait", icon: "question", words: "Awaiting approval" },
  Completed: { tone: "good", icon: "check", words: "Completed" },
  Failed: { tone: "bad", icon: "cross", words: "Failed" },
  Denied: { tone: "denied", icon: "minus", words: "Denied" },
};

export const phaseWords = (phase: WorkloadPhase): string => PHASE_LOOKS[phase].words;

export function PhaseBadge({ phase, suspended = false }: { phase: WorkloadPhase; suspended?: boolean }): JSX.Element {
  const { tone, icon, words } = suspended
    ? ({ tone: "idle", icon: "pause", words: "Suspended" } as const)
    : PHASE_LOOKS[phase];
  return (
    <span class={`badge ${tone}`}>
      <Icon name={icon} />
      {words}
    </span>
  );
}

/** How a phase of the engine's nodes looks. */
export function toneOf(phase: string): Tone {
  if (phase === "Succeeded") return "good";
  if (phase === "Failed" || phase === "Error") return "bad";
  if (phase === "Running") return "busy";
  return "idle";
}

export function nodeIcon(phase: string): IconName {
  return ({ good: "check", bad: "cross", busy: "spin", idle: "clock", wait: "question", denied: "minus" } as const)[
    toneOf(phase)
  ];
}

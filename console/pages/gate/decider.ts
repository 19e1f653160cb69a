// Who has decided at a gate, in words: a person, or what stands for one.
import type { DECIDERS } from "@agentic/api/deciders.ts";

const WORDS: Readonly<Record<(typeof DECIDERS)[number], string>> = {
  opa: "the policy",
  operator: "the platform",
  timeout: "the clock, as nobody answered in time",
  workflow: "the run itself",
};

export const deciderWords = (by: string): string => (Object.hasOwn(WORDS, by) ? WORDS[by as keyof typeof WORDS] : by);

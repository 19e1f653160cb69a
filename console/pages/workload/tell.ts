// What has happened to a workload, as sentences of its conditions and events.
import type { WorkloadCondition } from "@agentic/api/agentworkload.ts";
import type { StoryEvent } from "../../contract.ts";

export interface Sentence {
  at: string;
  /** Whether it tells of something wrong. */
  bad: boolean;
  title: string;
  text: string;
  count: number;
}

/** Words of a reason such as `DeadlineExceeded`. */
export const wordsOfReason = (reason: string): string =>
  reason.replace(/([a-z])([A-Z])/g, (_, end: string, begin: string) => `${end} ${begin.toLowerCase()}`);

/**
 * The newest first, of one second the end; an event that only repeats a condition is left out, and how a workload has ended is said once.
 */
export function storyOf(conditions: readonly WorkloadCondition[], events: readonly StoryEvent[]): Sentence[] {
  const told = new Set(conditions.map(({ reason, message }) => `${reason}: ${message}`));
  const bad = new Set(
    events.filter(({ type }) => type === "Warning").map(({ reason, message }) => `${reason}: ${message}`),
  );
  const sayMore = conditions.filter(
    ({ type, reason, message }) =>
      type !== "Succeeded" ||
      !conditions.some((other) => other.type === "Finished" && other.reason === reason && other.message === message),
  );
  return [
    ...sayMore.map(({ type, reason, message, lastTransitionTime: at }) => ({
      at,
      bad: bad.has(`${reason}: ${message}`),
      title: reason === type ? wordsOfReason(reason) : `${wordsOfReason(type)}: ${wordsOfReason(reason).toLowerCase()}`,
      text: message,
      count: 1,
      isEnd: type === "Finished" || type === "Succeeded",
    })),
    ...events
      .filter(({ reason, message }) => !told.has(`${reason}: ${message}`))
      .map(({ at, type, reason, message, about, count }) => ({
        at,
        bad: type === "Warning",
        title: wordsOfReason(reason),
        text: about.startsWith("AgentWorkload/") ? message : `${about}: ${message}`,
        count,
        isEnd: false,
      })),
  ]
    .sort((one, other) => other.at.localeCompare(one.at) || Number(other.isEnd) - Number(one.isEnd))
    .map(({ isEnd: _, ...sentence }) => sentence);
}

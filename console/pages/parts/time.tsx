// Times in words that grow by themselves, with the exact moment behind them.
import { spanOf } from "@agentic/api/times.ts";
import type { JSX } from "preact";
import { now } from "../state/clock.ts";

/** A moment with its day, as the reader's browser writes it. */
export const exact = (at: string): string =>
  new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** How long ago a moment was. */
export function Age({ at, suffix = "" }: { at: string; suffix?: string }): JSX.Element {
  return (
    <time dateTime={at} title={exact(at)}>
      {spanOf((now.value - Date.parse(at)) / 1000)}
      {suffix}
    </time>
  );
}

/** From one moment to another, or to now. */
export function Took({ from, to }: { from: string; to?: string | undefined }): JSX.Element {
  const end = to === undefined ? now.value : Date.parse(to);
  return <span title={`since ${exact(from)}`}>{spanOf((end - Date.parse(from)) / 1000)}</span>;
}

/** How much time is left until a moment. */
export function Left({ until }: { until: string }): JSX.Element {
  const seconds = (Date.parse(until) - now.value) / 1000;
  return (
    <time dateTime={until} title={exact(until)} class={seconds < 300 ? "urgent" : ""}>
      {seconds > 0 ? `${spanOf(seconds)} left` : "time is up"}
    </time>
  );
}

/** A moment of the day, and its day unless it is today. */
export function Moment({ at }: { at: string }): JSX.Element {
  const date = new Date(at);
  const today = date.toDateString() === new Date(now.value).toDateString();
  const text = today
    ? date.toLocaleTimeString()
    : date.toLocaleString(undefined, { dateStyle: "short", timeStyle: "medium" });
  return (
    <time dateTime={at} title={exact(at)}>
      {text}
    </time>
  );
}

// Strangers' texts in messages to people: a line each, in which nothing hides, and that no reader's program obeys.
import { clean, cut } from "@agentic/api/text.ts";

/** What shows nothing itself, turns around what follows it, or begins another line. Joiners stay: words of some scripts need them. */
const UNSEEN = /[\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF]/g;

/** The text in one line of at most `max` UTF-16 units. */
export function line(text: string, max: number): string {
  return cut(clean(text).replace(UNSEEN, "").replace(/\s+/g, " ").trim(), max, "…");
}

/** For Slack's mrkdwn: without these three it knows no link, mention or command (docs.slack.dev, Formatting message text). */
export const escapeMrkdwn = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

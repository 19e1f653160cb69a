// What a notification says to people, before it takes the form of their program; all texts in it are lines that can be shown.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { changesText } from "@agentic/api/changes.ts";
import { CONSOLE_PAGES, consolePage } from "@agentic/api/console-pages.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { GATE } from "@agentic/api/template.ts";
import { questionOf } from "../decide/outbox.ts";
import { isReminder } from "../decide/reminders.ts";
import { line } from "./text.ts";

/** What a message says of one workload. */
export interface Item {
  heading: string;
  facts: readonly (readonly [label: string, value: string])[];
  link?: { label: string; url: string };
  /** What answers from a terminal. */
  command?: string;
}

export interface Message {
  /** The same for each try, so that receivers can tell repeats. */
  delivery: string;
  title: string;
  items: readonly Item[];
  /** How many more workloads it is about. */
  more: number;
  /** Where all are listed. */
  list?: { label: string; url: string };
}

/** Something that happened to a workload. */
export interface Happening {
  workload: AgentWorkload;
  /** A phase that was entered, a reminder, or a question. */
  event: string;
}

export interface MessageOptions {
  /** Where the console answers; without one messages have no links. */
  consoleUrl?: string | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/** So many workloads a message says more of than their number: within what each program takes, Teams 28 KB. */
const MOST_ITEMS = 10;

/** So much is said of each: of one alone, and of one among several. */
const ALONE = { facts: 10, length: 400 };
const AMONG = { facts: 5, length: 80 };

const WORDS: Record<string, string> = {
  Running: "Started",
  AwaitingApproval: "Approval needed",
  Completed: "Completed",
  Failed: "Failed",
  Denied: "Denied",
};

/** Whether a person is asked to answer, at the gate or to a question there. */
export const asks = (event: string): boolean =>
  event === "AwaitingApproval" || isReminder(event) || questionOf(event) !== undefined;

/** Commands that answer at a workload's gate; names of workloads and namespaces need no quotes. */
export function commandsOf({ metadata: { name, namespace } }: AgentWorkload) {
  const me = `"$(kubectl auth whoami -o jsonpath='{.status.userInfo.username}')"`;
  return {
    approve: `npx agentic approve ${name} -n ${namespace}`,
    deny: `npx agentic deny ${name} -n ${namespace} --reason "…"`,
    reply: `npx agentic reply ${name} -n ${namespace} "…"`,
    kubectl: `kubectl annotate agentworkload ${name} -n ${namespace} ${ANNOTATIONS.approval}=${GATE.approve} ${ANNOTATIONS.approvedBy}=${me}`,
  };
}

/** Pages of the console about the workload. */
export function linksOf({ metadata: { name, namespace = "" } }: AgentWorkload, consoleUrl: string) {
  return {
    workload: consolePage(consoleUrl, CONSOLE_PAGES.workload(namespace, name)),
    gate: consolePage(consoleUrl, CONSOLE_PAGES.gate(namespace, name)),
  };
}

/** A time span for people, such as `25 minutes`. */
export function timeLeft(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [count, unit] =
    seconds < 120
      ? [seconds, "second"]
      : seconds < 7200
        ? [Math.floor(seconds / 60), "minute"]
        : [Math.floor(seconds / 3600), "hour"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** The message about these, which are of one tenant. */
export function messageOf(delivery: string, happenings: readonly Happening[], options: MessageOptions): Message {
  const room = happenings.length === 1 ? ALONE : AMONG;
  const items = happenings.slice(0, MOST_ITEMS).map((happening) => itemOf(happening, options, room));
  const [only] = items;
  return {
    delivery,
    title: happenings.length === 1 && only ? only.heading : titleOf(happenings),
    items,
    more: happenings.length - items.length,
    ...(happenings.length > 1 && happenings.every(({ event }) => asks(event)) ? inboxLink(options) : listLink(options)),
  };
}

const listLink = ({ consoleUrl }: MessageOptions): Pick<Message, "list"> =>
  consoleUrl ? { list: { label: "Open the console", url: consolePage(consoleUrl, CONSOLE_PAGES.list) } } : {};

/** The link to everything that waits for whoever opens it, where there is a console. */
export const inboxLink = ({ consoleUrl }: MessageOptions): Pick<Message, "list"> =>
  consoleUrl ? { list: { label: "Open the inbox", url: consolePage(consoleUrl, CONSOLE_PAGES.inbox) } } : {};

function wordsOf(event: string): string {
  if (isReminder(event)) return "Approval still needed";
  return questionOf(event) === undefined ? (WORDS[event] ?? event) : "Question asked";
}

function titleOf(happenings: readonly Happening[]): string {
  const counts = new Map<string, number>();
  for (const { event } of happenings) {
    const words = wordsOf(event);
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  const parts = [...counts].map(([words, count]) => `${words} (${count})`);
  return line(`${happenings[0]?.workload.metadata.namespace}: ${parts.join(", ")}`, 140);
}

/** What approvers have changed: each name, and of the values as much as fits into so many UTF-16 units. */
function changedIn(changes: Readonly<Record<string, { value: string }>> = {}, length: number): string {
  const entries = Object.entries(changes);
  const share = Math.floor(length / entries.length);
  const cutTo = (name: string) => Math.max(1, share - name.length - "=, ".length);
  return changesText(Object.fromEntries(entries.map(([name, { value }]) => [name, line(value, cutTo(name))])));
}

function itemOf({ workload, event }: Happening, { consoleUrl, now }: MessageOptions, room: typeof ALONE): Item {
  const { metadata, spec, status = {} } = workload;
  const { approval, cost } = status;
  const isAsking = asks(event);
  const until = isAsking ? approval?.expiresAt : undefined;
  const left = until === undefined ? "" : `, ${timeLeft(Date.parse(until) - now)} left`;
  const words = `${wordsOf(event)}${isReminder(event) ? left : ""}`;
  const number = questionOf(event);
  const question = number === undefined ? undefined : approval?.questions?.[number - 1];
  const approvers = approval?.answers?.filter(({ decision }) => decision === GATE.approve).map(({ by }) => by) ?? [];
  const facts: [string, string | undefined][] = [
    ["Asked by", question?.by],
    ["Question", question?.question],
    ["Objective", spec.objective],
    ["Answer until", until && `${until}${left}`],
    ["State", status.message],
    [isAsking ? "Approved with changes" : "Changed", changedIn(approval?.changes, room.length)],
    ["Submitted by", metadata.annotations?.[ANNOTATIONS.submittedBy]],
    ["Confidence", approval?.confidence === undefined ? undefined : String(approval.confidence)],
    ["Approved by", isAsking && approvers.length > 0 ? approvers.join(", ") : undefined],
    ["Decided by", isAsking ? undefined : approval?.by],
    ["Reason", isAsking ? undefined : approval?.reason],
    ["Cost so far", cost && `${cost.total} ${cost.currency}`],
  ];
  const links = consoleUrl ? linksOf(workload, consoleUrl) : undefined;
  return {
    heading: line(`${words}: ${metadata.namespace}/${metadata.name}`, 140),
    facts: facts
      .flatMap(([label, value]) => (value ? [[label, line(value, room.length)] as const] : []))
      .slice(0, room.facts),
    ...(links
      ? {
          link: isAsking
            ? { label: "Open the gate", url: links.gate }
            : { label: "Open the workload", url: links.workload },
        }
      : {}),
    ...(isAsking ? { command: question ? commandsOf(workload).reply : commandsOf(workload).approve } : {}),
  };
}

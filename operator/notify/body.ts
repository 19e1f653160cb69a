// The bodies of notifications of workloads: JSON of one for a program, or a message about several for people.
import { createHash } from "node:crypto";
import type { AgentWorkload, WorkloadNotification } from "@agentic/api/agentworkload.ts";
import type { NotifyFormat } from "@agentic/api/notify.ts";
import { keyOf } from "@agentic/kube/controller/object.ts";
import { FORMATS, isPeoples } from "./formats/index.ts";
import { asks, commandsOf, type Happening, inboxLink, linksOf, type MessageOptions, messageOf } from "./message.ts";

/** A notification that a workload owes. */
export interface Owed {
  workload: AgentWorkload;
  notification: WorkloadNotification;
}

export function uidOf(workload: AgentWorkload): string {
  return workload.metadata.uid ?? keyOf(workload);
}

/** Names what is sent; the same for the same words. */
export const idOf = (words: readonly string[]): string =>
  createHash("sha256").update(words.join("\n")).digest("hex").slice(0, 32);

/** The same for every try of one notification, so that receivers can tell repeats. */
export const deliveryId = (workload: AgentWorkload, { url, event }: WorkloadNotification): string =>
  idOf([uidOf(workload), url, event]);

/** The id of one message about all of these. */
export function messageId(owed: readonly Owed[]): string {
  const ids = owed.map(({ workload, notification }) => deliveryId(workload, notification)).sort();
  return ids.length === 1 && ids[0] ? ids[0] : idOf(ids);
}

/** What is posted about these; `json` says of one alone. */
export function bodyOf(owed: readonly Owed[], format: NotifyFormat | undefined, options: MessageOptions): string {
  const delivery = messageId(owed);
  const happenings = owed.map(({ workload, notification: { event } }) => ({ workload, event }));
  if (isPeoples(format)) return JSON.stringify(FORMATS[format](messageOf(delivery, happenings, options)));
  return JSON.stringify({ delivery, ...happenings.map(({ workload, event }) => jsonOf(workload, event, options))[0] });
}

/** All that there is to know of one. */
function jsonOf(workload: AgentWorkload, event: string, { consoleUrl }: MessageOptions) {
  const { metadata, status } = workload;
  return {
    event,
    workload: { name: metadata.name, namespace: metadata.namespace, uid: metadata.uid },
    jobId: workload.spec.jobId ?? metadata.name,
    message: status?.message ?? "",
    approval: status?.approval ?? null,
    ...(consoleUrl ? { links: linksOf(workload, consoleUrl) } : {}),
    ...(asks(event) ? { commands: commandsOf(workload) } : {}),
    artifacts: status?.workflowArtifacts ?? {},
    artifactCount: status?.artifacts?.total ?? Object.keys(status?.workflowArtifacts ?? {}).length,
    manifests: status?.artifacts?.manifests ?? {},
    startedAt: status?.startedAt ?? null,
    completedAt: status?.completedAt ?? null,
  };
}

/** What waits in a tenant's namespace, as one body. */
export function digestBody(
  delivery: string,
  {
    event,
    namespace,
    format,
    waiting,
  }: { event: string; namespace: string; format: NotifyFormat | undefined; waiting: readonly AgentWorkload[] },
  options: MessageOptions,
): string {
  const happenings = waiting.map((workload): Happening => ({ workload, event: "AwaitingApproval" }));
  if (!isPeoples(format)) {
    const each = happenings.map((happening) => jsonOf(happening.workload, happening.event, options));
    const { list } = inboxLink(options);
    return JSON.stringify({
      delivery,
      event,
      namespace,
      ...(list ? { links: { inbox: list.url } } : {}),
      waiting: each,
    });
  }
  const title = `${namespace}: ${waiting.length} ${waiting.length === 1 ? "workload waits" : "workloads wait"} for an answer`;
  return JSON.stringify(FORMATS[format]({ ...messageOf(delivery, happenings, options), ...inboxLink(options), title }));
}

// A notifier with a receiver of its notifications, and the API server that has its Secrets.
import type { WorkloadNotification } from "@agentic/api/agentworkload.ts";
import { pino } from "pino";
import type { publicLookup } from "../../../operator/notify/guard.ts";
import { Notifier } from "../../../operator/notify/notifier.ts";
import { type Answer, fakeApi } from "../kube/fake-api.ts";

/** What of the receiver, the cluster and the operator's config is not as usual. */
export interface NotifierOptions {
  allowed?: boolean;
  /** More hosts that are allowed. */
  hosts?: string[];
  waitsMs?: number[];
  secret?: Answer;
  lookup?: ReturnType<typeof publicLookup>;
  timeoutMs?: number;
  windowMs?: number;
}

/** Starts a notifier with a receiver that gives these answers, then 200; a notification is one to it that is pending. */
export async function startNotifier(answers: Answer[], options: NotifierOptions = {}) {
  const hook = await fakeApi(() => answers.shift() ?? {});
  const api = await fakeApi(() => options.secret ?? { body: { data: { key: Buffer.from("k").toString("base64") } } });
  const enqueued: string[] = [];
  const results: string[] = [];
  const notifier = new Notifier({
    client: api.client,
    allowedHosts: options.allowed === false ? [] : [new URL(hook.url).host, ...(options.hosts ?? [])],
    namespaces: ["tenant-demo"],
    ...(options.lookup ? { lookup: options.lookup } : {}),
    ...(options.timeoutMs ? { timeoutMs: options.timeoutMs } : {}),
    ...(options.windowMs ? { windowMs: options.windowMs } : {}),
    enqueue: (key) => enqueued.push(key),
    log: pino({ level: "silent" }),
    count: (result) => results.push(result),
    waitsMs: options.waitsMs ?? [1, 1],
  });
  const notification = (path = "/"): WorkloadNotification => ({
    url: `${hook.url}${path}`,
    event: "Completed",
    state: "Pending",
  });
  const close = async () => {
    await notifier.close();
    await hook.close();
    await api.close();
  };
  return { close, notifier, hook, api, enqueued, results, notification };
}

// `agentic schedule`: the schedules of a tenant, what they make and when; held up, let go on, and run once at another time.
import type { AgentSchedule } from "@agentic/api/agentschedule.ts";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { AGENT_SCHEDULE, AGENT_WORKLOAD, ANNOTATIONS, API_GROUP_VERSION } from "@agentic/api/names.ts";
import { type ConcurrencyPolicy, SCHEDULE_DEFAULTS } from "@agentic/api/schedule-names.ts";
import { templateRefOf } from "@agentic/api/template-ref.ts";
import { cut } from "@agentic/api/text.ts";
import { since } from "@agentic/api/times.ts";
import { createWorkload, sameAgain } from "@agentic/kube/workloads/create.ts";
import { schedulePath, schedulesPath } from "@agentic/kube/workloads/paths.ts";
import { whoami } from "@agentic/kube/workloads/whoami.ts";
import type { Command } from "commander";
import { type Column, type Format, lines, print, printObjects, yamlOf } from "../output.ts";
import { type Session, type SessionOptions, withSession } from "../session.ts";
import { MAX_MESSAGE, namespaceColumn } from "./columns.ts";
import { waitForEnd } from "./end.ts";
import { examples, outputOption } from "./options.ts";

type Output = SessionOptions & { output: Format };

interface RunOptions extends SessionOptions {
  as?: string;
  dryRun?: boolean;
  wait?: boolean;
}

export function addSchedules(program: Command): void {
  const schedule = program.command("schedule").description("list and show schedules, hold them up, run them now");
  const named = (verb: string, description: string) =>
    schedule.command(verb).argument("<name>", "name of the schedule").description(description);

  const list = schedule
    .command("list")
    .alias("ls")
    .description("list schedules, by name, and when each comes next")
    .option("-A, --all-namespaces", "of all namespaces")
    .addOption(outputOption())
    .action(() => listSchedules(list.optsWithGlobals()));
  examples(list, { "agentic schedule list -n tenant-demo": "what runs by itself, and when next" });

  const show = named("show", "show what a schedule makes, when, in whose name, and what it waits for")
    .addOption(outputOption())
    .action((name: string) => showSchedule(name, show.optsWithGlobals()));
  examples(show, {
    "agentic schedule show digest": "its times, state and workloads",
    "agentic list -n tenant-demo": "the workloads, those of schedules among them",
  });

  for (const [verb, suspend, description] of [
    ["suspend", true, "start no workload of a schedule until it is resumed; those that run go on"],
    [
      "resume",
      false,
      "let a suspended schedule go on; of the times that were missed the last is made up within its deadline",
    ],
  ] as const) {
    const command = named(verb, description).action((name: string) =>
      withSession(command.optsWithGlobals(), async ({ client, namespace }) => {
        await client.patch(schedulePath(namespace, name), { spec: { schedule: { suspend } } });
        print(`${name}: ${suspend ? "suspended" : "resumed"}`);
      }),
    );
    examples(command, { [`agentic schedule ${verb} digest`]: description.split(/[;:]/)[0] ?? "" });
  }

  const run = named("run", "submit what a schedule makes now, in your own name; its times stay as they are")
    .option("--as <name>", "the workload's name; default: the schedule's and five characters")
    .option("--dry-run", "show what would be made, as the API server completes it, and make nothing")
    .option("--wait", "wait for its end; the exit code is its verdict")
    .action((name: string) => runNow(name, run.optsWithGlobals()));
  examples(run, {
    "agentic schedule run digest": "once more, beside its times",
    "agentic schedule run digest --as digest-today --wait": "until its end",
  });
}

const getSchedule = ({ client, namespace }: Session, name: string): Promise<AgentSchedule> =>
  client.get(schedulePath(namespace, name));

const readyOf = ({ status }: AgentSchedule) => status?.conditions?.find(({ type }) => type === "Ready");

const columns: Column<AgentSchedule>[] = [
  { heading: "NAME", of: ({ metadata }) => metadata.name ?? "" },
  { heading: "SCHEDULE", of: ({ spec }) => spec.schedule.cron },
  { heading: "TIME ZONE", of: ({ spec }) => spec.schedule.timeZone ?? SCHEDULE_DEFAULTS.timeZone },
  {
    heading: "STATE",
    of: (schedule) => (schedule.spec.schedule.suspend ? "Suspended" : (readyOf(schedule)?.reason ?? "")),
  },
  { heading: "ACTIVE", of: ({ status }) => String(status?.activeCount ?? 0) },
  { heading: "LAST", of: ({ status }) => (status?.lastScheduleTime ? since(status.lastScheduleTime) : "") },
  { heading: "NEXT", of: ({ status }) => status?.nextScheduleTime ?? "" },
  { heading: "TEMPLATE", of: ({ spec }) => templateRefOf(spec.workload).name, wide: true },
  { heading: "SUBMITTED BY", of: ({ metadata }) => metadata.annotations?.[ANNOTATIONS.submittedBy] ?? "", wide: true },
  { heading: "MESSAGE", of: (schedule) => cut(readyOf(schedule)?.message ?? "", MAX_MESSAGE), wide: true },
];

async function listSchedules(options: Output): Promise<void> {
  await withSession(options, async ({ client, namespace }) => {
    const path = schedulesPath(options.allNamespaces ? undefined : namespace);
    const all = await client.list<AgentSchedule>(path);
    if (all.length === 0 && ["table", "wide"].includes(options.output))
      return print(`no schedules ${options.allNamespaces ? "in any namespace" : `in namespace ${namespace}`}`);
    const shown = options.allNamespaces ? [namespaceColumn, ...columns] : columns;
    await printObjects(AGENT_SCHEDULE, all, options.output, shown);
  });
}

async function showSchedule(name: string, options: Output): Promise<void> {
  await withSession(options, async (session) => {
    const schedule = await getSchedule(session, name);
    if (options.output === "table") print(storyOf(schedule));
    else await printObjects(AGENT_SCHEDULE, schedule, options.output, columns);
  });
}

/** What is done where a time comes while an earlier workload has not ended. */
const MEANWHILE: Record<ConcurrencyPolicy, string> = {
  Allow: "another one is made beside it",
  Forbid: "the next waits until it has ended",
  Replace: "it is deleted, and the next one made",
};

/** What it makes, when, and where it is, in lines of name and value. */
function storyOf(schedule: AgentSchedule): string {
  const { metadata, spec, status = {} } = schedule;
  const { cron, timeZone, concurrencyPolicy, startingDeadlineSeconds, suspend, historyLimits } = spec.schedule;
  const { successful = SCHEDULE_DEFAULTS.successful, failed = SCHEDULE_DEFAULTS.failed } = historyLimits ?? {};
  const ready = readyOf(schedule);
  const active = (status.active ?? []).map((made) => `${made.name}, for ${made.scheduledTime}`);
  const unnamed = (status.activeCount ?? 0) - active.length;
  return lines([
    ["Schedule", `${metadata.namespace}/${metadata.name}`],
    ["Times", `${cron}, ${timeZone ?? SCHEDULE_DEFAULTS.timeZone}`],
    ["Next", suspend ? "none while it is suspended" : status.nextScheduleTime],
    ["Last", status.lastScheduleTime && `${status.lastScheduleTime}, ${since(status.lastScheduleTime)} ago`],
    ["Completed", status.lastSuccessfulTime && `last ${since(status.lastSuccessfulTime)} ago`],
    ["Missed", status.lastMissedTime && `last ${status.lastMissedTime}, for which no workload was made`],
    ["State", ready && [ready.reason, ready.message].filter(Boolean).join(": ")],
    ["Active", [...active, ...(unnamed > 0 ? [`and ${unnamed} older ones`] : [])].join("\n")],
    ["If one runs", MEANWHILE[concurrencyPolicy ?? SCHEDULE_DEFAULTS.concurrencyPolicy]],
    ["Deadline", startingDeadlineSeconds === undefined ? undefined : `${startingDeadlineSeconds} s after its time`],
    ["Keeps", `${successful} that are Completed, ${failed} that are Failed or Denied`],
    ["Submitted by", metadata.annotations?.[ANNOTATIONS.submittedBy]],
    ["Template", templateRefOf(spec.workload).name],
    ["Objective", spec.workload.spec.objective],
    ["Pages", spec.workload.spec.targetUrls.join("\n")],
  ]);
}

async function runNow(name: string, options: RunOptions): Promise<void> {
  await withSession(options, async (session) => {
    const { client, namespace } = session;
    const workload = workloadOf(await getSchedule(session, name), options.as);
    const { username: me } = await whoami(client);
    if (options.dryRun) {
      print(`---\n${await yamlOf(await createWorkload(client, workload, { me, namespace, dryRun: true }))}`);
      return;
    }
    const { metadata } = await createWorkload(client, workload, { me, namespace });
    print(`${metadata.name}: submitted by ${me}`);
    if (options.wait) await waitForEnd(session, metadata.name, undefined);
  });
}

/** A workload as the schedule makes them, which is none of its own: of no time, and a job of its own. */
function workloadOf({ metadata: { name }, spec: { workload } }: AgentSchedule, as: string | undefined): AgentWorkload {
  const like = { apiVersion: API_GROUP_VERSION, kind: AGENT_WORKLOAD.kind, metadata: { name }, spec: workload.spec };
  const { metadata, ...rest } = sameAgain(like, { name: as });
  return { ...rest, metadata: { ...workload.metadata, ...metadata } };
}

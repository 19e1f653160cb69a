// `agentic show`: one workload's story, for people.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { since } from "@agentic/api/times.ts";
import type { Command } from "commander";
import { stepsOf, stepTable } from "../argo.ts";
import { type Format, lines, print, printWorkloads } from "../output.ts";
import { getWorkload, type SessionOptions, withSession } from "../session.ts";
import { columns } from "./columns.ts";
import { examples, outputOption } from "./options.ts";

export function addShow(program: Command): void {
  const command = program
    .command("show")
    .argument("<name>", "name of the workload")
    .description("show one workload: where it is, who answered, what it cost")
    .addOption(outputOption())
    .action((name: string) => show(name, command.optsWithGlobals()));
  examples(command, {
    "agentic show prices": "its story",
    "agentic show prices -o yaml": "the object as it is",
  });
}

async function show(name: string, options: SessionOptions & { output: Format }): Promise<void> {
  await withSession(options, async (session) => {
    const workload = await getWorkload(session, name);
    if (options.output === "table") {
      const steps = await stepsOf(session, workload);
      print([storyOf(workload), ...(steps.length > 0 ? [stepTable(steps)] : [])].join("\n\n"));
    } else await printWorkloads(workload, options.output, columns);
  });
}

/** Where it is and why, in lines of name and value. */
function storyOf({ metadata, spec, status = {} }: AgentWorkload): string {
  const { approval, cost, failure, nodes, artifacts } = status;
  return lines([
    ["Workload", `${metadata.namespace}/${metadata.name}`],
    ["Objective", spec.objective],
    ["Pages", spec.targetUrls.join("\n")],
    ["Submitted", `${since(metadata.creationTimestamp)} ago${by(metadata.annotations?.[ANNOTATIONS.submittedBy])}`],
    ["Phase", status.phase ?? "Pending"],
    ["Says", status.message],
    ["Step", status.currentNode],
    ["Steps", nodes && `${nodes.succeeded} of ${nodes.total} succeeded, ${nodes.failed} failed`],
    ["Took", status.completedAt && since(status.startedAt, status.completedAt)],
    ["Failure", failure && `${failure.kind}${failure.step ? ` in step ${failure.step}` : ""}, run ${failure.attempt}`],
    ["Confidence", approval?.confidence?.toFixed(2)],
    ["Gate", approval && gateOf(approval)],
    ["Cost", cost && `${cost.total} ${cost.currency}, ${cost.tokens.input} + ${cost.tokens.output} tokens`],
    ["Artifacts", artifacts && `${artifacts.total}\n${Object.values(status.workflowArtifacts ?? {}).join("\n")}`],
    ["Logs", status.logs],
  ]);
}

const by = (name: string | undefined): string => (name ? ` by ${name}` : "");

/** The decision, each person's answer with its reason, and what was asked. */
function gateOf({
  decision,
  by: decider,
  reason,
  required,
  policy,
  answers = [],
  questions = [],
  changeable,
  changes = {},
}: NonNullable<Approval>): string {
  const need = required ? `, ${required} people must approve` : "";
  const opinion = policy
    ? [
        `the policy would ${policy.allow ? "approve" : "deny"}${policy.reasons.length > 0 ? `: ${policy.reasons.join("; ")}` : ""}`,
      ]
    : [];
  const given = answers.map(
    (answer) => `${answer.decision} by ${answer.by}, ${since(answer.at)} ago: ${answer.reason}`,
  );
  const changed = Object.entries(changes).map(
    ([name, { value, by: changers }]) => `${name} is changed by ${changers.join(", ")} to: ${value}`,
  );
  const may = changeable ? [`who approves may change ${Object.keys(changeable).join(", ")}`] : [];
  const asked = questions.map(
    ({ by: asker, at, question, reply, repliedBy }) =>
      `${asker} asks, ${since(at)} ago: ${question}\n  ${reply === undefined ? "no reply yet: `agentic reply` gives one" : `${repliedBy} replies: ${reply}`}`,
  );
  const sum =
    decision === "pending" || !decision ? `waits${need}` : `${decision}${by(decider)}${reason ? `: ${reason}` : ""}`;
  return [sum, ...opinion, ...may, ...given, ...changed, ...asked].join("\n");
}

type Approval = NonNullable<AgentWorkload["status"]>["approval"];

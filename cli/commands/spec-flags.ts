// Flags that say what is in a workload's spec, of `submit` and `resubmit`.
import type { AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { type Command, Option } from "commander";
import { collected } from "./options.ts";

export interface SpecFlags {
  objective?: string;
  url?: string[];
  template?: string;
  model?: string;
  approval?: "auto" | "manual";
  parameter?: Record<string, string>;
}

const NAMES = ["objective", "url", "template", "model", "approval", "parameter"] as const;

/** The flags; `otherwise` says by flag what holds without it. */
export function addSpecFlags(command: Command, otherwise: { template: string; model: string }): Command {
  return command
    .option("--objective <text>", "what to find out, in plain language")
    .option("--url <url...>", "pages to read")
    .option("--template <name>", `the WorkflowTemplate that runs it; default ${otherwise.template}`)
    .option("--model <name>", `the model, as the gateway knows it; default ${otherwise.model}`)
    .addOption(new Option("--approval <mode>", "who answers at the gate").choices(["auto", "manual"]))
    .option("-p, --parameter <name=value>", "a parameter of the template; once for each", collected);
}

/** The flags that were given, as they are typed. */
export const givenFlags = (flags: SpecFlags): string[] =>
  NAMES.flatMap((name) => (flags[name] === undefined ? [] : [`--${name}`]));

/** What the flags change in a spec. */
export function changesOf(flags: SpecFlags, before?: AgentWorkloadSpec): Partial<AgentWorkloadSpec> {
  const { objective, url, template, model, approval, parameter } = flags;
  const { orchestration } = before ?? {};
  return {
    ...(objective === undefined ? {} : { objective }),
    ...(url ? { targetUrls: url } : {}),
    ...(template
      ? {
          orchestration: {
            ...orchestration,
            workflowTemplateRef: { ...orchestration?.workflowTemplateRef, name: template },
          },
        }
      : {}),
    ...(model ? { model } : {}),
    ...(parameter ? { parameters: { ...before?.parameters, ...parameter } } : {}),
    ...(approval ? { approval: answeredBy(approval, before?.approval) } : {}),
  };
}

/** The same gate with somebody else to answer: the policy's settings go with the policy. */
function answeredBy(mode: "auto" | "manual", before: AgentWorkloadSpec["approval"] = {}) {
  const { policy: _, threshold: __, ...rest } = before;
  return mode === DEFAULTS.mode ? { ...before, mode } : { ...rest, mode };
}

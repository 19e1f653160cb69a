// `agentic template`: what a tenant may run.
import { ANNOTATIONS, LABELS } from "@agentic/api/names.ts";
import { isReservedParameter } from "@agentic/api/template.ts";
import type { Command } from "commander";
import { getTemplate, listTemplates, type WorkflowTemplate } from "../argo.ts";
import { lines, print, table, yamlOf } from "../output.ts";
import { type SessionOptions, withSession } from "../session.ts";
import { examples } from "./options.ts";
import { addTemplateChecks } from "./template-check.ts";

const said = ({ metadata }: WorkflowTemplate, key: string): string => metadata.annotations?.[key] ?? "";
const TITLE = "workflows.argoproj.io/title";
const DESCRIPTION = "workflows.argoproj.io/description";

export function addTemplates(program: Command): void {
  const command = program
    .command("template")
    .description("see the WorkflowTemplates that the tenant's workloads may run");
  const list = command
    .command("list")
    .description("list them")
    .action(() => listAll(list.optsWithGlobals()));
  examples(list, { "agentic template list -n tenant-demo": "what a workload may name" });
  const show = command
    .command("show")
    .argument("<name>", "name of the template")
    .description("show one: what it is for, whose it is, which parameters it takes")
    .option("-o, --output <yaml>", "print the object itself")
    .action((name: string) => showOne(name, show.optsWithGlobals()));
  examples(show, { "agentic template show visual-analysis-template": "its parameters and what a run costs" });
  addTemplateChecks(command);
}

async function listAll(options: SessionOptions): Promise<void> {
  await withSession(options, async (session) => {
    const all = await listTemplates(session);
    if (all.length === 0) return print(`no templates in namespace ${session.namespace}`);
    print(
      table(
        ["NAME", "CHANNEL", "OWNER", "TITLE"],
        all.map((template) => [
          template.metadata.name ?? "",
          template.metadata.labels?.[LABELS.channel] ?? "",
          said(template, LABELS.owner),
          said(template, TITLE),
        ]),
      ),
    );
  });
}

async function showOne(name: string, options: SessionOptions & { output?: string }): Promise<void> {
  await withSession(options, async (session) => {
    const template = await getTemplate(session, name);
    if (options.output) return print(await yamlOf(template));
    // What the platform sets is no wish of a workload's.
    const parameters = (template.spec.arguments?.parameters ?? []).filter((given) => !isReservedParameter(given.name));
    print(
      lines([
        ["Template", `${template.metadata.namespace}/${template.metadata.name}`],
        ["Title", said(template, TITLE)],
        ["Is for", said(template, DESCRIPTION)],
        ["Owner", said(template, LABELS.owner)],
        ["Channel", template.metadata.labels?.[LABELS.channel]],
        ["Costs", said(template, ANNOTATIONS.costEstimate)],
        ["Runbook", said(template, ANNOTATIONS.runbook)],
        [
          "Takes",
          parameters
            .map(({ name: key, value, default: otherwise }) => `${key}${defaultOf(value ?? otherwise)}`)
            .join("\n"),
        ],
      ]),
    );
  });
}

const defaultOf = (value: string | undefined): string => (value ? `, ${value} unless given` : "");

// docs/workflows/: a page for each of the platform's WorkflowTemplates: what it does, in which steps, with what, and what a run is likely to cost.
import { relative } from "node:path";
import { ANNOTATIONS, LABELS, VERSION_LABEL } from "@agentic/api/names.ts";
import { MODEL_PRICES, priceTableNames } from "@agentic/api/price-tables.ts";
import { CRITERIA, lint, mermaidOf, stepsOf } from "../../pipeline-kit/index.ts";
import { costConfig } from "../../stacks/config/cost.ts";
import { costEstimate, type WorkflowTemplate, workflowTemplates } from "../../workflows/index.ts";
import { cell, code, table } from "./markdown.ts";

/** The model that estimates are given for, beside the built-in one. */
const MODEL = "openai/gpt-4o-mini";

const TITLE = "workflows.argoproj.io/title";
const DESCRIPTION = "workflows.argoproj.io/description";

const said = ({ metadata }: WorkflowTemplate, annotation: string): string => metadata.annotations[annotation] ?? "";
const fileOf = ({ metadata }: WorkflowTemplate): string => `${metadata.name}.md`;

/** The pages by their paths from docs/. */
export const workflowPages: Record<string, () => string> = {
  "workflows/README.md": index,
  ...Object.fromEntries(workflowTemplates.map((template) => [`workflows/${fileOf(template)}`, () => page(template)])),
};

/** What lint says of templates, as lines, and whether nothing is wrong with any. */
export function judge(templates: readonly { metadata: { name: string } }[]): { lines: string[]; isFine: boolean } {
  const judged = templates.map((template) => ({
    name: template.metadata.name,
    problems: lint(template, templates),
  }));
  return {
    isFine: judged.every(({ problems }) => problems.length === 0),
    lines: judged.flatMap(({ name, problems }) => [
      `${name}: ${problems.length === 0 ? "meets the ten criteria" : "is not as it must be"}`,
      ...problems.map(
        ({ level, rule, criterion, message }) => `  ${level} ${criterion ? `${criterion}, ` : ""}${rule}: ${message}`,
      ),
    ]),
  };
}

function index(): string {
  return `# Templates

Generated from \`workflows/\` by \`npm run workflows\`: change those, not these pages.

Every tenant's namespace has these WorkflowTemplates.

${table(
  ["template", "what it does", "steps"],
  workflowTemplates.map((template) => [
    `[${template.metadata.name}](${fileOf(template)})`,
    cell(said(template, DESCRIPTION)),
    String(stepsOf(template).length),
  ]),
)}
## The ten criteria

Each template meets these; \`npm run workflows\` says of one that doesn't which field is wrong and what would be right, and so does
\`agentic template lint\` of a template of your own ([the command line](../command-line.md)). A rule that is no [policy](../policies.md) is the kit's own (\`pipeline-kit/\`).

${table(
  ["criterion", "what must be so", "rules"],
  CRITERIA.map(({ name, demands, rules }) => [code(name), cell(demands), rules.map(code).join(", ")]),
)}`;
}

function page(template: WorkflowTemplate): string {
  const { metadata } = template;
  const facts = [
    ["Owner", said(template, LABELS.owner)],
    ["Version", metadata.labels[VERSION_LABEL] ?? ""],
    ["Channel", metadata.labels[LABELS.channel] ?? ""],
    ["Runbook", runbookLink(said(template, ANNOTATIONS.runbook))],
  ].filter(([, value]) => value !== "");
  return `# ${metadata.name}

Generated from \`workflows/\` by \`npm run workflows\`: change that, not this page.

${said(template, TITLE)}: ${said(template, DESCRIPTION)}

${facts.map(([name, value]) => `${name}: ${value}`).join(" · ")}

\`\`\`mermaid
${mermaidOf(stepsOf(template))}
\`\`\`

## Steps

${steps(template)}
## Parameters

Those without a default are filled in for each run: by the workload's fields, or by the operator.

${table(
  ["parameter", "default", "what it is"],
  template.spec.arguments.parameters.map(({ name, value, description = "" }) => [
    code(name),
    value === undefined ? "none" : value === "" ? "empty" : code(value),
    cell(description),
  ]),
)}
## Cost

${estimates(template)}`;
}

/** A page of docs/ as a link from docs/workflows/; anything else as it is. */
const runbookLink = (runbook: string): string =>
  runbook.startsWith("docs/") ? `[${runbook.split("/").at(-1)}](${relative("docs/workflows", runbook)})` : runbook;

function steps(template: WorkflowTemplate): string {
  const { templates } = template.spec;
  const main = templates.find(({ name }) => name === template.spec.entrypoint);
  const rows = stepsOf(template).map(({ name, after, isGate }) => {
    const task = main?.dag?.tasks.find((candidate) => candidate.name === name);
    const { container, activeDeadlineSeconds, retryStrategy, suspend } =
      templates.find((candidate) => candidate.name === task?.template) ?? {};
    const amounts = (kind: "requests" | "limits"): string => {
      const amount = container?.resources[kind];
      return amount ? `${amount.cpu}, ${amount.memory}` : "";
    };
    return [
      isGate ? `${code(name)}, a gate` : code(name),
      after.map(code).join(", "),
      amounts("requests"),
      amounts("limits"),
      activeDeadlineSeconds === undefined ? code(suspend?.duration ?? "") : `${activeDeadlineSeconds} s`,
      retryStrategy?.limit ?? "",
    ];
  });
  return table(["step", "after", "requests", "limits", "deadline", "retries"], rows);
}

function estimates(template: WorkflowTemplate): string {
  const rows = priceTableNames.map((prices) => {
    const of = (model?: string) => {
      const context = { cost: { prices }, workflowEngine: "argo" as const, ...(model ? { llm: { model } } : {}) };
      const { first, further } = costEstimate(template, costConfig(context));
      return [first, further];
    };
    return [code(prices), ...of(), ...of(MODEL)];
  });
  const { input, output } = MODEL_PRICES[MODEL] ?? { input: "", output: "" };
  return `What a run is likely to cost, in USD, with Argo, by the price table of the stack; a million tokens of ${code(MODEL)} cost ${input} and ${output}.
It is made of the template's requests, the prices ([cost](../cost.md#prices)), and what the sample's steps were measured to need
(\`workflows/estimate.ts\`); the annotation \`agentic.io/cost-estimate\` has the one by the stack's own prices. Slow and long pages cost more:
\`status.cost\` has what a run did cost.

${table(["prices", "one page, built-in model", "each further one", `one page, ${code(MODEL)}`, "each further one"], rows)}`;
}

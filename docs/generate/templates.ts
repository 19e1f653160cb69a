// docs/templates.md: the platform's WorkflowTemplates: what each does, in which steps, and what a run of it is likely to cost.
import { MODEL_PRICES, priceTableNames } from "@agentic/api/price-tables.ts";
import { costConfig } from "../../stacks/config/cost.ts";
import { costEstimate, type WorkflowTemplate, workflowTemplates } from "../../workflows/index.ts";
import { code, table } from "./markdown.ts";

/** The model that estimates are given for, beside the built-in one. */
const MODEL = "openai/gpt-4o-mini";

const description = "workflows.argoproj.io/description";

/** The page. */
export function templatesPage(): string {
  return `# Templates

Generated from \`workflows/\` by \`npm run docs\`: change those, not this page.

Every tenant's namespace has these. Estimates are made of a template's requests, the prices ([cost](cost.md#prices)), and what the sample's steps
were measured to need (\`workflows/estimate.ts\`); the annotation \`agentic.io/cost-estimate\` has the one by the stack's own prices. Slow and long
pages cost more: \`status.cost\` has what a run did cost.

${workflowTemplates.map(section).join("\n")}`;
}

function section(template: WorkflowTemplate): string {
  const { metadata, spec } = template;
  const steps = spec.templates.flatMap(({ name, container }) => {
    if (!container) return [];
    const { requests, limits } = container.resources;
    const amounts = ({ cpu, memory }: { cpu: string; memory: string }) => `${cpu}, ${memory}`;
    return [[code(name), amounts(requests), amounts(limits)]];
  });
  const estimates = priceTableNames.map((prices) => {
    const of = (model?: string) => {
      const context = { cost: { prices }, workflowEngine: "argo" as const, ...(model ? { llm: { model } } : {}) };
      const { first, further } = costEstimate(template, costConfig(context));
      return [first, further];
    };
    return [code(prices), ...of(), ...of(MODEL)];
  });
  const { input, output } = MODEL_PRICES[MODEL] ?? { input: "", output: "" };
  return `## ${metadata.name}

${metadata.annotations[description] ?? ""}

${table(["step", "requests", "limits"], steps)}
What a run is likely to cost, in USD, with Argo, by the price table of the stack; a million tokens of ${code(MODEL)} cost ${input} and ${output}:

${table(["prices", "one page, built-in model", "each further one", `one page, ${code(MODEL)}`, "each further one"], estimates)}`;
}

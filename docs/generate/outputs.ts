// docs/outputs.md: every output of the platform's stack, from the contract's schema, and the catalogue as it is now.
import { type CatalogueTemplate, catalogueTemplate } from "../../api/catalogue.ts";
import { CONTRACT_VERSION, OutputsSchema, SECRET_OUTPUTS } from "../../api/outputs.ts";
import { workflowTemplates } from "../../workflows/index.ts";
import { cell, code, table } from "./markdown.ts";

/** A schema as far as the page shows it. */
interface Shape {
  type?: string | string[];
  description?: string;
  const?: unknown;
  enum?: string[];
  items?: Shape;
  properties?: Record<string, Shape>;
  patternProperties?: Record<string, Shape>;
  required?: string[];
}

export function outputsPage(): string {
  const outputs = Object.entries(OutputsSchema.properties as Record<string, Shape>);
  return `# Outputs

Generated from the schema by \`npm run docs\`: change \`api/outputs.ts\`, not this page. How another team's stack uses them is in
[consume.md](consume.md).

The contract's version is **${CONTRACT_VERSION}** (output \`contractVersion\`). A field is taken away or changes its meaning only with
another major number; a new one raises the minor number. A reader needs the same major number and at least the minor one that
it was written for: \`PlatformReference\` of \`@agentic/platform-client\` checks that, and says what to do where it is not so.

Secrets are ${SECRET_OUTPUTS.map(code).join(", ")}: \`pulumi stack output --show-secrets\` shows them. Whoever may read the
stack's secrets may read all of them.

## All outputs

${table(
  ["Output", "Type", "What it is"],
  outputs.flatMap(([name, shape]) => rows(name, shape)),
)}
## Templates

The catalogue (output \`templates\`) of this release. Every tenant's namespace has these templates; a tenant that its own team
makes may have more.

${workflowTemplates.map(catalogueTemplate).map(templateSection).join("\n")}`;
}

/** The row of a field, and those of the fields inside it. */
function rows(path: string, shape: Shape, optional = false): string[][] {
  const secret = SECRET_OUTPUTS.includes(path as never) ? ", secret" : "";
  const row = [code(path), `${typeOf(shape)}${optional ? ", optional" : ""}${secret}`, cell(shape.description ?? "")];
  const inner = shape.items ?? shape;
  const at = shape.items ? `${path}[]` : path;
  // A JSON Schema as a value: what is in it is JSON Schema's.
  if (path.endsWith(".parameters")) return [row];
  const inside = Object.entries(inner.properties ?? {}).flatMap(([name, property]) =>
    rows(`${at}.${name}`, property, !inner.required?.includes(name)),
  );
  return path === "tenantGrants" ? [row] : [row, ...inside];
}

function typeOf(shape: Shape): string {
  if (shape.const !== undefined) return code(String(shape.const));
  if (shape.enum) return shape.enum.map(code).join(" or ");
  if (shape.items) return shape.items.properties ? "list" : `list of ${typeOf(shape.items)}s`;
  const [value] = Object.values(shape.patternProperties ?? {});
  if (value) return value.properties ? "map of objects" : `map of ${typeOf(value)}s`;
  return String(shape.type ?? "any");
}

function templateSection({ name, title, description, owner, runbook, steps, parameters }: CatalogueTemplate): string {
  const facts = [
    `Steps: ${steps.map(code).join(", ")}.`,
    `Owner: ${owner}.`,
    ...(runbook?.startsWith("docs/") ? [`Runbook: [${runbook.slice(5)}](${runbook.slice(5)}).`] : []),
  ];
  return `### ${title}: \`${name}\`

${description}

${facts.join(" ")}

${table(
  ["Parameter", "Default", "Set by", "What it is"],
  Object.entries(parameters.properties).map(([parameter, schema]) => [
    code(parameter),
    code(schema.default ?? ""),
    [schema["x-set-by"], ...(schema.readOnly ? [] : ["spec.parameters"])].map((at) => code(at ?? "")).join(" "),
    cell(`${schema.description ?? ""}${schema.enum ? ` (${schema.enum.join(", ")})` : ""}`),
  ]),
)}`;
}

// `agentic template lint` and `draw`: what is wrong with a template, and what it looks like.
import { writeFileSync } from "node:fs";
import { clean } from "@agentic/api/text.ts";
import { type Command, Option } from "commander";
import { Ended, EXIT } from "../exit.ts";
import { print } from "../output.ts";
import type { Wanted } from "../template/read.ts";
import { examples } from "./options.ts";

interface LintOptions extends Wanted {
  output: "table" | "json";
}

interface DrawOptions extends Wanted {
  as: "text" | "mermaid" | "svg";
  to?: string;
}

const FILES = "YAML or JSON files with WorkflowTemplates; - is standard input";

/** Adds both to the group of commands about templates. */
export function addTemplateChecks(group: Command): void {
  const lint = group
    .command("lint")
    .argument("[name]", "name of a template of the tenant; default all of them")
    .description(
      "judge templates by the platform's policies and the built-in engine's check, before anything is applied",
    )
    .option("-f, --file <path...>", FILES)
    .addOption(new Option("-o, --output <format>", "how to print it").choices(["table", "json"]).default("table"))
    .action((name: string | undefined) => lintAll(name, lint.optsWithGlobals()));
  examples(lint, {
    "agentic template lint -f my-template.yaml": "of a file, without a cluster; exit code 3 where something is refused",
    "agentic template lint -n tenant-demo": "all of a tenant",
  });
  const draw = group
    .command("draw")
    .argument("[name]", "name of a template of the tenant")
    .description("draw a template's steps and what they wait for")
    .option("-f, --file <path...>", FILES)
    .addOption(new Option("--as <form>", "what to draw").choices(["text", "mermaid", "svg"]).default("text"))
    .option("--to <file>", "write it to a file")
    .action((name: string | undefined) => drawOne(name, draw.optsWithGlobals()));
  examples(draw, {
    "agentic template draw visual-analysis-template": "in the terminal",
    "agentic template draw -f my-template.yaml --as svg --to my-template.svg": "as a picture",
    "agentic template draw visual-analysis-template --as mermaid": "for a page of documentation",
  });
}

async function lintAll(name: string | undefined, options: LintOptions): Promise<void> {
  const [{ templatesOf }, { lint }] = await Promise.all([
    import("../template/read.ts"),
    import("../../pipeline-kit/lint.ts"),
  ]);
  const found = await templatesOf(name, options);
  const others = found.map(({ template }) => template);
  const judged = found.map(({ where, template }) => ({
    where,
    template: template.metadata.name,
    problems: lint(template, others),
  }));
  if (options.output === "json") print(JSON.stringify(judged, null, 2));
  else
    for (const { where, problems } of judged) {
      print(clean(`${where}: ${problems.length === 0 ? "nothing is wrong" : ""}`.trimEnd()));
      for (const { level, rule, message } of problems) print(clean(`  ${level} ${rule}: ${message}`));
    }
  if (judged.some(({ problems }) => problems.some(({ level }) => level === "error"))) throw new Ended(EXIT.failed);
}

async function drawOne(name: string | undefined, options: DrawOptions): Promise<void> {
  if (!name && !options.file)
    throw new Error("say which template: a name, or --file; `agentic template list` has them");
  const [{ templatesOf }, { mermaidOf, stepsOf, textOf }, { svgOf }] = await Promise.all([
    import("../template/read.ts"),
    import("../../pipeline-kit/graph.ts"),
    import("../template/svg.ts"),
  ]);
  const drawings: string[] = [];
  for (const { template } of await templatesOf(name, options)) {
    const steps = stepsOf(template);
    const title = template.metadata.name;
    if (options.as === "svg") drawings.push(await svgOf(steps, title));
    else drawings.push(options.as === "mermaid" ? mermaidOf(steps) : `${title}\n${clean(textOf(steps))}`);
  }
  const drawn = drawings.join("\n\n");
  if (options.to) writeFileSync(options.to, `${drawn}\n`);
  else print(drawn);
}

// A template's steps as a graph: what runs after what.
import type { WorkflowSpec } from "@agentic/engine/core/types.ts";
import { type AnyTemplate, templateOf } from "./template.ts";

export interface Step {
  name: string;
  /** Names of the steps that it waits for. */
  after: string[];
  /** Whether it is a gate, where somebody decides. */
  isGate: boolean;
  /** The condition on which it runs, where it has one. */
  when?: string;
}

/** The steps of the entrypoint, in the template's order. Throws where it has neither a DAG nor steps. */
export function stepsOf(template: AnyTemplate): Step[] {
  const { entrypoint, templates = [] } = templateOf(template).spec as WorkflowSpec;
  const main = templates.find(({ name }) => name === entrypoint);
  const isGate = (name: string | undefined) => templates.some((template) => template.name === name && template.suspend);
  if (main?.dag) {
    const names = main.dag.tasks.map(({ name }) => name);
    return main.dag.tasks.map(({ name, template, depends = "", dependencies = [], when }) => ({
      name,
      // `depends` is an expression over names, such as `a.Succeeded && (b || c.Failed)`.
      after: names.filter((other) => dependencies.includes(other) || wordsOf(depends).includes(other)),
      isGate: isGate(template),
      ...(when ? { when } : {}),
    }));
  }
  if (main?.steps) {
    let before: string[] = [];
    return main.steps.flatMap((group) => {
      const after = before;
      before = group.map(({ name }) => name);
      return group.map(({ name, template, when }) => ({
        name,
        after,
        isGate: isGate(template),
        ...(when ? { when } : {}),
      }));
    });
  }
  throw new Error(`spec.entrypoint: template '${entrypoint}' has neither dag nor steps: there is nothing to draw`);
}

const wordsOf = (depends: string): string[] => depends.match(/[\w-]+/g) ?? [];

/** Lines: a step's depth is the longest way to it, and what it waits for stands behind it. */
export function textOf(steps: readonly Step[]): string {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const depths = new Map<string, number>();
  const depthOf = (name: string, above: readonly string[] = []): number => {
    if (above.includes(name)) return 0;
    const known = depths.get(name);
    if (known !== undefined) return known;
    const after = byName.get(name)?.after ?? [];
    const depth = after.length === 0 ? 0 : 1 + Math.max(...after.map((other) => depthOf(other, [...above, name])));
    depths.set(name, depth);
    return depth;
  };
  return [...steps]
    .sort((one, other) => depthOf(one.name) - depthOf(other.name))
    .map(({ name, after, isGate, when }) => {
      const mark = isGate ? "◇" : "○";
      return `${"  ".repeat(depthOf(name))}${mark} ${name}${after.length > 0 ? `   after ${after.join(", ")}` : ""}${when ? `   when ${when}` : ""}`;
    })
    .join("\n");
}

/** A flowchart in Mermaid's language, which GitHub and many editors draw. */
export function mermaidOf(steps: readonly Step[]): string {
  const id = (name: string) => `s${steps.findIndex((step) => step.name === name)}`;
  const quoted = (name: string) => `"${name.replaceAll('"', "#quot;")}"`;
  return [
    "flowchart TD",
    ...steps.map(({ name, isGate }) => `  ${id(name)}${isGate ? `{{${quoted(name)}}}` : `[${quoted(name)}]`}`),
    ...steps.flatMap(({ name, after }) => after.map((other) => `  ${id(other)} --> ${id(name)}`)),
  ].join("\n");
}

// The order in which a WorkflowTemplate's steps run one after the other, its gate among them.
import { GATE, type Step } from "@agentic/api/template.ts";
import type { WorkflowTemplate } from "../workflows/index.ts";

/** The tasks of the template's graph. What comes after the gate is last, so that a denial ends the run there. */
export function orderOf({ spec, metadata }: WorkflowTemplate): (Step | typeof GATE.name)[] {
  const tasks = spec.templates.find(({ name }) => name === spec.entrypoint)?.dag?.tasks ?? [];
  const open = new Map(tasks.map(({ name, depends = "" }) => [name, namesIn(depends)]));
  const order: string[] = [];
  while (open.size > 0) {
    const ready = [...open].filter(([, before]) => before.every((name) => order.includes(name))).map(([name]) => name);
    const next = ready.find((name) => name !== GATE.name) ?? ready[0];
    if (next === undefined) throw new Error(`template ${metadata.name}: ${[...open.keys()].join(", ")} can never run`);
    order.push(next);
    open.delete(next);
  }
  return order as (Step | typeof GATE.name)[];
}

const namesIn = (depends: string): string[] =>
  depends
    .split("&&")
    .map((part) => part.trim().replace(/\.Succeeded$/, ""))
    .filter(Boolean);

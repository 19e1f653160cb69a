// Checks a CronWorkflow, and the Workflow that it would make.
import { parseCron, type Timetable } from "@agentic/api/cron.ts";
import { checkWorkflow } from "../check.ts";
import { Problems } from "../problems.ts";
import { cronSpecShape, Unsupported } from "../schema.ts";
import { checkFields } from "../typed.ts";
import { type Library, SpecError } from "../types.ts";
import { childOf } from "./child.ts";
import { checkCronExpression, checkCronWhen } from "./expression.ts";
import type { CronWorkflow } from "./types.ts";

/** Characters of a name to which a time is appended. */
const MAX_NAME = 52;

/** What this engine does not do, and what is wrong, keep their kind and get the path of their field. */
function atPath(path: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (error instanceof Unsupported) throw new Unsupported(`${path}: ${error.message}`);
    throw error instanceof SpecError ? new SpecError(`${path}: ${error.message}`) : error;
  }
}

/**
 * The timetables of its schedules. Throws an Unsupported for fields that the engine does not support, a SpecError for what is invalid, each
 * with the path of its field.
 */
export function checkCronWorkflow(cron: CronWorkflow, library: Library): Timetable[] {
  const problems = new Problems();
  const { workflowSpec, schedule, ...spec } = cron.spec as CronWorkflow["spec"] & { schedule?: unknown };
  // Argo 4 ignores it, as any field that it doesn't know; until 3.6 there was no other.
  if (schedule !== undefined)
    problems.unsupported.push(`spec.schedule: Argo Workflows 4 has no such field: use spec.schedules, a list`);
  problems.add(checkFields(spec, "CronWorkflowSpec", cronSpecShape, "spec"));
  problems.require(
    cron.metadata.name.length <= MAX_NAME,
    "metadata.name",
    `must not be more than ${MAX_NAME} characters long: Workflows are named after it and their time`,
  );
  problems.throw();
  const { schedules = [], timezone, startingDeadlineSeconds = 0, when, stopStrategy } = spec;
  problems.require(schedules.length > 0, "spec.schedules", "must have at least one schedule");
  problems.require(startingDeadlineSeconds >= 0, "spec.startingDeadlineSeconds", "must not be negative");
  problems.require(typeof workflowSpec === "object", "spec.workflowSpec", "is required");
  const timetables: Timetable[] = [];
  for (const [index, text] of schedules.entries()) {
    const parsed = parseCron(text, timezone || "UTC");
    if ("timetable" in parsed) timetables.push(parsed.timetable);
    else problems.require(false, parsed.field === "cron" ? `spec.schedules[${index}]` : "spec.timezone", parsed.error);
  }
  if (when) problems.check(() => atPath("spec.when", () => checkCronWhen(when, cron)));
  const { expression } = stopStrategy ?? {};
  if (expression)
    problems.check(() => atPath("spec.stopStrategy.expression", () => checkCronExpression(expression, cron)));
  problems.throw();
  atPath("cannot validate Workflow (spec.workflowSpec)", () => checkWorkflow(childOf(cron, 0), library));
  return timetables;
}

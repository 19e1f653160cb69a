// Checks a template's outputs, and a retryStrategy.

import { INT32, parseInteger } from "./integer.ts";
import type { Problems } from "./problems.ts";
import { parseRetryExpression } from "./retry-expression.ts";
import { parseDuration } from "./time.ts";
import { type AnyString, type RetryStrategy, SpecError, type Template } from "./types.ts";

/** Whether a value contains variables, so that it is known only at run time. */
export const hasVariables = (value: unknown) => typeof value === "string" && value.includes("{{");

export function checkOutputs(problems: Problems, template: Template, path: string): void {
  const list = template.outputs?.parameters ?? [];
  const isPod = template.container !== undefined || template.script !== undefined;
  let pathCount = 0;
  for (const [index, { valueFrom, value }] of list.entries()) {
    const parameterPath = `${path}[${index}]`;
    problems.require(value !== undefined || valueFrom, parameterPath, "does not have valueFrom or value specified");
    if (!valueFrom) continue;
    const sources = [
      valueFrom.path !== undefined,
      valueFrom.parameter !== undefined,
      valueFrom.supplied !== undefined,
    ].filter(Boolean).length;
    problems.require(sources === 1, `${parameterPath}.valueFrom`, "must have exactly one of path, parameter, supplied");
    if (valueFrom.path !== undefined) {
      problems.require(isPod, `${parameterPath}.valueFrom.path`, "is only valid in container and script templates");
      pathCount++;
      if (pathCount > 1) {
        problems.unsupported.push(
          `${parameterPath}.valueFrom.path: a second path is not supported by this workflow engine, because a pod can pass on one file: put several values into one JSON file`,
        );
      }
    }
    if (valueFrom.parameter !== undefined)
      problems.require(
        !isPod && !template.suspend,
        `${parameterPath}.valueFrom.parameter`,
        "is only valid in steps and dag templates",
      );
    if (valueFrom.supplied !== undefined)
      problems.require(template.suspend, `${parameterPath}.valueFrom.supplied`, "is only valid in suspend templates");
  }
  const container = template.container ?? template.script;
  if (pathCount > 0 && container?.terminationMessagePath) {
    problems.unsupported.push(
      `${path}: an output parameter with a path is not supported beside a terminationMessagePath, because the termination message carries the parameter: leave out one of the two`,
    );
  }
}

/** Checks the limits of a template's time, which only a pod has. */
export function checkTimeouts(problems: Problems, template: Template, path: string): void {
  for (const field of ["timeout", "pendingTimeout"] as const) {
    const value = template[field];
    if (!value) continue;
    problems.require(
      template.container ?? template.script,
      `${path}.${field}`,
      "is only valid for container and script templates",
    );
    if (hasVariables(value)) continue;
    problems.require(!/^\d+$/.test(value), `${path}.${field}`, 'must have a unit, as in "30s"');
    problems.check(() => void parseDuration(value, `${path}.${field}`));
  }
}

export function checkRetry(problems: Problems, { expression, backoff, limit }: RetryStrategy, path: string): void {
  const checkInteger = (value: AnyString | undefined, field: string) => {
    if (value === undefined || hasVariables(value)) return;
    problems.check(() => void parseInteger(value, `${path}.${field}`, INT32));
  };
  checkInteger(limit, "limit");
  checkInteger(backoff?.factor, "backoff.factor");
  if (expression) {
    try {
      parseRetryExpression(expression);
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      problems.unsupported.push(`${path}.expression: ${error.message}`);
    }
  }
  if (!backoff) return;
  problems.require(backoff.duration, `${path}.backoff.duration`, "is required");
  for (const field of ["duration", "cap", "maxDuration"] as const) {
    const value = backoff[field];
    if (value && !hasVariables(value)) problems.check(() => void parseDuration(value, `${path}.backoff.${field}`));
  }
}

// The check of a template's outputs and of a retryStrategy.

import { INT32, parseInteger } from "./integer.ts";
import type { Problems } from "./problems.ts";
import { parseRetryExpression } from "./retry-expression.ts";
import { parseDuration } from "./time.ts";
import { type AnyString, type RetryStrategy, SpecError, type Template } from "./types.ts";

/** Whether a value will only be known at run time. */
export const templated = (value: unknown) => typeof value === "string" && value.includes("{{");

export function checkOutputs(problems: Problems, template: Template, path: string): void {
  const list = template.outputs?.parameters ?? [];
  const leaf = template.container !== undefined || template.script !== undefined;
  let withPath = 0;
  for (const [index, { valueFrom, value }] of list.entries()) {
    const at = `${path}[${index}]`;
    problems.require(value !== undefined || valueFrom, at, "does not have valueFrom or value specified");
    if (!valueFrom) continue;
    const sources = [
      valueFrom.path !== undefined,
      valueFrom.parameter !== undefined,
      valueFrom.supplied !== undefined,
    ].filter(Boolean).length;
    problems.require(sources === 1, `${at}.valueFrom`, "want exactly one of path, parameter, supplied");
    if (valueFrom.path !== undefined) {
      problems.require(leaf, `${at}.valueFrom.path`, "is only valid in container and script templates");
      withPath++;
      if (withPath > 1) {
        problems.unsupported.push(
          `${at}.valueFrom.path: a second one is not supported by this workflow engine: a pod can pass on one file; put several values into one JSON`,
        );
      }
    }
    if (valueFrom.parameter !== undefined)
      problems.require(
        !leaf && !template.suspend,
        `${at}.valueFrom.parameter`,
        "is only valid in steps and dag templates",
      );
    if (valueFrom.supplied !== undefined)
      problems.require(template.suspend, `${at}.valueFrom.supplied`, "is only valid in suspend templates");
  }
  const own = template.container ?? template.script;
  if (withPath > 0 && own?.terminationMessagePath) {
    problems.unsupported.push(
      `${path}: an output parameter with a path is not supported beside a terminationMessagePath: it is what carries it`,
    );
  }
}

export function checkRetry(problems: Problems, { expression, backoff, limit }: RetryStrategy, path: string): void {
  const integer = (value: AnyString | undefined, field: string) => {
    if (value === undefined || templated(value)) return;
    problems.check(() => void parseInteger(value, `${path}.${field}`, INT32));
  };
  integer(limit, "limit");
  integer(backoff?.factor, "backoff.factor");
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
    if (value && !templated(value)) problems.check(() => void parseDuration(value, `${path}.backoff.${field}`));
  }
}

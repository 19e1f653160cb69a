// Where secrets may hide: what looks like one, and the containers that could hold it.
import type { Context, Report, ResourceRule, RuleText } from "../rule.ts";
import type { Container } from "./pod.ts";
import { containerRule } from "./pods.ts";

const telling =
  /(^|[._-])(password|passwd|passphrase|secret|token|credentials?|api[._-]?key|secret[._-]?key|access[._-]?key|private[._-]?key|client[._-]?secret)$/i;

/** Whether a name says that its value is a secret. */
export const isTelling = (name: string): boolean => telling.test(name);

const shapes = [
  /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/,
  // Amazon, Google, GitHub, GitLab, Slack, and what calls itself a secret key.
  /\bAKIA[0-9A-Z]{16}\b/,
  /\bAIza[0-9A-Za-z_-]{35}\b/,
  /\bgh[pousr]_[0-9A-Za-z]{36,}\b/,
  /\bglpat-[0-9A-Za-z_-]{20,}\b/,
  /\bxox[abprs]-[0-9A-Za-z-]{10,}\b/,
  /\bsk-(?:[a-z]+-)*[0-9A-Za-z]{20,}\b/,
  // A password in an address; not one that a template, a shell or nobody fills in.
  /:\/\/[^\s/:@'"]*:(?![{$%])[^\s/:@'"]{4,}@/,
];

/** Whether a value looks like a secret, whatever it is called. */
export const looksSecret = (value: string): boolean => shapes.some((shape) => shape.test(value));

/** A rule over the containers of all pods, those of workflows' steps too. */
export const secretRule = (
  text: RuleText,
  check: (container: Container, report: Report, context: Context) => void,
): ResourceRule => containerRule(text, check, undefined, "secrets");

// Recognizes secrets by names and values, and rules over the containers that may contain them.
import type { CheckedRule, ResourceRule } from "../rule.ts";
import { each } from "../unknown.ts";
import type { Container } from "./pod.ts";
import { podRule } from "./pods.ts";

const secretName =
  /(^|[._-])(password|passwd|passphrase|secret|token|credentials?|api[._-]?key|secret[._-]?key|access[._-]?key|private[._-]?key|client[._-]?secret)$/i;

/** Whether a name indicates that its value is a secret. */
export const isSecretName = (name: string): boolean => secretName.test(name);

const secretPatterns = [
  /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/,
  // Keys of Amazon, Google, GitHub, GitLab and Slack, and keys with the common prefix `sk-`.
  /\bAKIA[0-9A-Z]{16}\b/,
  /\bAIza[0-9A-Za-z_-]{35}\b/,
  /\bgh[pousr]_[0-9A-Za-z]{36,}\b/,
  /\bglpat-[0-9A-Za-z_-]{20,}\b/,
  /\bxox[abprs]-[0-9A-Za-z-]{10,}\b/,
  /\bsk-(?:[a-z]+-)*[0-9A-Za-z]{20,}\b/,
  // A password in an address; not one that a template, a shell or nobody fills in.
  /:\/\/[^\s/:@'"]*:(?![{$%])[^\s/:@'"]{4,}@/,
];

/** Whether a value looks like a secret, by its form alone. */
export const looksSecret = (value: string): boolean => secretPatterns.some((shape) => shape.test(value));

/** A rule over the containers of all pods, and over what becomes their environment or arguments. */
export const secretRule = ({ check, ...text }: CheckedRule<Container>): ResourceRule =>
  podRule({
    ...text,
    area: "secrets",
    check: ({ containers, environments }, report, context) =>
      each([...containers, ...environments], (container) => check(container, report, context)),
  });

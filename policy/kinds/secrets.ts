// Recognizes secrets by names and values, and rules over the containers that may contain them.
import type { CheckedRule, ResourceRule } from "../rule.ts";
import { anyOf, each } from "../unknown.ts";
import type { Container } from "./pod.ts";
import { podRule } from "./pods.ts";

const secretName =
  /(?:password|passwd|passphrase)$|(?:^|[._-])(?:secret|token|credentials?|(?:api|secret|access|private)[._-]?key|client[._-]?secret)$/i;
/** As programs write it that have no other separator: a `tlsSecret` is only the name of one. */
const camelName = /(?:Token|ApiKey|SecretKey|AccessKey|PrivateKey|ClientSecret)$/;

/** Whether a name indicates that its value is a secret. */
export const isSecretName = (name: string): boolean => secretName.test(name) || camelName.test(name);

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

/** Values that are no secret whatever their name says: nothing, a switch, and references that others replace by the secret. */
const harmless = [
  /^\s*$/,
  /^(true|false|yes|no|on|off|enabled|disabled|none|null|0|1)$/i,
  /^(\$\(.*\)|\$\{.*\}|\{\{.*)$/s,
  /^(vault:|arn:aws:(secretsmanager|ssm):|projects\/[^/]+\/secrets\/|ref\+\w+:|(op|sm):\/\/)/,
];

/** Whether a variable or an entry holds a secret, by the form of its value or by its name. */
export const holdsSecret = (name: () => string, value: string): boolean =>
  anyOf(
    () => looksSecret(value),
    () => !harmless.some((form) => form.test(value)) && isSecretName(name()),
  );

/** A rule over the containers of all pods, and over what becomes their environment or arguments. */
export const secretRule = ({ check, ...text }: CheckedRule<Container>): ResourceRule =>
  podRule({
    ...text,
    area: "secrets",
    check: ({ containers, environments }, report, context) =>
      each([...containers, ...environments], (container) => check(container, report, context)),
  });

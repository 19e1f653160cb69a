// Runs a rule's table of cases: what passes, and what is refused with which words.
import type { ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import { describe, expect, test } from "vitest";
import type { Rule } from "../rule.ts";
import type { Fields } from "../values.ts";

/** A Kubernetes object, or a resource of any other type. */
export type Subject = Fields | Resource;
export interface Resource {
  type: string;
  props: Fields;
  name?: string;
  opts?: Fields;
}

export interface Table {
  passes: Record<string, Subject | Subject[]>;
  /** Subject and a part of each message in turn; settings of the rule where the case needs some. */
  violates: Record<string, readonly [subject: Subject | Subject[], ...messages: string[]]>;
  /** Cases, of both, for which the rule is configured. */
  settings?: Record<string, Fields>;
  /** Violations that `remediate` leaves, because no change would be safe. */
  unfixable?: readonly string[];
}

const isResource = (subject: Subject): subject is Resource => "type" in subject && "props" in subject;

/** As Pulumi hands a resource over. */
function resourceOf(subject: Subject, settings: Fields = {}): ResourceValidationArgs {
  const given = isResource(subject) ? subject : { type: typeOf(subject), props: subject };
  const name = given.name ?? String((given.props.metadata as Fields | undefined)?.name ?? "one");
  return {
    opts: { protect: false },
    ...given,
    name,
    urn: `urn:pulumi:test::test::${given.type}::${name}`,
    getConfig: () => settings,
  } as unknown as ResourceValidationArgs;
}

const typeOf = (object: Fields): string => {
  const apiVersion = String(object.apiVersion ?? "v1");
  return `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${object.kind}`;
};

/** What a rule says of one resource, or of a stack of several. */
export function verdicts(rule: Rule, subject: Subject | Subject[], settings: Fields = {}): string[] {
  const found: string[] = [];
  const report = (message: string) => void found.push(message);
  if ("validateStack" in rule) {
    const resources = [subject].flat().map((one) => resourceOf(one));
    void rule.validateStack({ resources, getConfig: () => settings } as unknown as StackValidationArgs, report);
  } else
    for (const one of [subject].flat())
      for (const check of [rule.validateResource ?? []].flat()) void check(resourceOf(one, settings), report);
  return found;
}

/** What a rule's remediation makes of a resource. */
function remediated(rule: Rule, subject: Subject, settings: Fields): Subject {
  const copy = structuredClone(subject);
  if ("remediateResource" in rule) void rule.remediateResource?.(resourceOf(copy, settings));
  return copy;
}

/** Makes a test of each case. */
export function table(rule: Rule, { passes, violates, settings = {}, unfixable = [] }: Table): void {
  describe(rule.name, () => {
    for (const [name, subject] of Object.entries(passes))
      test(`passes: ${name}`, () => expect(verdicts(rule, subject, settings[name])).toEqual([]));
    for (const [name, [subject, ...messages]] of Object.entries(violates)) {
      test(`refuses: ${name}`, () => {
        const found = verdicts(rule, subject, settings[name]);
        expect(found).toEqual(messages.map((message) => expect.stringContaining(message)));
        // Field, what is wrong, what would be right.
        for (const message of found) expect(message.split(": ").length).toBeGreaterThanOrEqual(3);
      });
      if ("remediateResource" in rule && !unfixable.includes(name))
        test(`puts right: ${name}`, () => {
          const fixed = [subject].flat().map((one) => remediated(rule, one, settings[name] ?? {}));
          expect(verdicts(rule, fixed, settings[name])).toEqual([]);
        });
    }
  });
}

// Runs a rule's table of cases: what passes, and what is refused with which words. Each case is tried again with each of its
// fields unknown.
import type { ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import * as proxies from "@pulumi/policy/proxy.js";
import { secretsPreservingProxy } from "@pulumi/policy/secret.js";
import { describe, expect, test } from "vitest";
import { typeOf } from "../kinds/types.ts";
import type { Rule } from "../rule.ts";
import type { Fields } from "../values.ts";
import {
  allUnknown,
  changes,
  type Path,
  pathsIn,
  possible,
  triedPaths,
  unknown,
  valueAt,
  withValue,
} from "./unknowns.ts";

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

/** The library's own proxy, which its types leave out. */
const { unknownCheckingProxy } = proxies as unknown as { unknownCheckingProxy: (props: Fields) => Fields };

const isResource = (subject: Subject): subject is Resource => "type" in subject && "props" in subject;

/** What a subject is registered as: as JSON, in which no part is shared and none undefined. */
function resourceFrom(original: Subject): Resource {
  const subject = JSON.parse(JSON.stringify(original)) as Subject;
  if (isResource(subject)) return subject;
  const type = typeOf(String(subject.apiVersion ?? "v1"), String(subject.kind));
  return { type, props: subject, name: String((subject.metadata as Fields | undefined)?.name ?? "one") };
}

/** As Pulumi's policy runtime hands a resource over; its properties in the proxies that it gives to remediations if wanted. */
function argsOf(resource: Resource, settings: Fields, proxy: (props: Fields) => Fields = unknownCheckingProxy) {
  const { type, props, name = "one" } = resource;
  return {
    opts: { protect: false },
    ...resource,
    ...{ type, name, props: proxy(props), urn: `urn:pulumi:test::test::${type}::${name}` },
    getConfig: () => settings,
  };
}

/** What a rule says of resources, and why it couldn't say more where it couldn't. */
function judged(rule: Rule, resources: readonly Resource[], settings: Fields): { found: string[]; reasons: string[] } {
  const found: string[] = [];
  const reasons: string[] = [];
  const report = (message: string) => void found.push(message);
  const more = { getConfig: () => settings, notApplicable: (reason: string) => void reasons.push(reason) };
  if ("validateStack" in rule) {
    const args = { resources: resources.map((resource) => argsOf(resource, {})), ...more };
    void rule.validateStack(args as unknown as StackValidationArgs, report);
  } else
    for (const resource of resources)
      for (const check of [rule.validateResource ?? []].flat())
        void check({ ...argsOf(resource, settings), ...more } as unknown as ResourceValidationArgs, report);
  return { found, reasons };
}

/** What a rule says of one resource, or of a stack of several. */
export const verdicts = (rule: Rule, subject: Subject | Subject[], settings: Fields = {}): string[] =>
  judged(rule, [subject].flat().map(resourceFrom), settings).found;

/** What rules say of a stack, each message after its rule's name: `rule: field: …`. */
export function violations(rules: readonly Rule[], stack: readonly Subject[]): string[] {
  const resources = stack.map(resourceFrom);
  return rules.flatMap((rule) => judged(rule, resources, {}).found.map((message) => `${rule.name}: ${message}`));
}

/** What a rule's remediation makes of resources. */
function remediated(rule: Rule, resources: readonly Resource[], settings: Fields): Resource[] {
  return resources.map((original) => {
    const copy = structuredClone(original);
    const args = argsOf(copy, settings, (props) => unknownCheckingProxy(secretsPreservingProxy(props)));
    if ("remediateResource" in rule) void rule.remediateResource?.(args as unknown as ResourceValidationArgs);
    return copy;
  });
}

/** Makes a test of each case. */
export function table(rule: Rule, { passes, violates, settings = {}, unfixable = [] }: Table): void {
  const subjects = [...Object.values(passes), ...Object.values(violates).map(([subject]) => subject)];
  const examples = subjects.map((subject) => [subject].flat().map(resourceFrom));
  /** Resources that are looked at one at a time are tried one at a time. */
  const eachUnknown = (name: string, subject: Subject | Subject[]) => {
    const all = [subject].flat().map(resourceFrom);
    for (const resources of "validateStack" in rule ? [all] : all.map((resource) => [resource]))
      withUnknowns(rule, { resources, examples, settings: settings[name] });
  };
  describe(rule.name, () => {
    for (const [name, subject] of Object.entries(passes)) {
      test(`passes: ${name}`, () => expect(verdicts(rule, subject, settings[name])).toEqual([]));
      test(`passes with unknown values: ${name}`, () => eachUnknown(name, subject), slow);
    }
    for (const [name, [subject, ...messages]] of Object.entries(violates)) {
      test(`refuses: ${name}`, () => {
        const found = verdicts(rule, subject, settings[name]);
        expect(found).toEqual(messages.map((message) => expect.stringContaining(message)));
        // Field, what is wrong, what would be right.
        for (const message of found) expect(message.split(": ").length).toBeGreaterThanOrEqual(3);
      });
      if ([subject].flat().some((part) => Object.keys(resourceFrom(part).props).length > 0))
        test(`refuses beside unknown values: ${name}`, () => eachUnknown(name, subject), slow);
      if ("remediateResource" in rule && !unfixable.includes(name))
        test(`puts right: ${name}`, () => {
          const fixed = remediated(rule, [subject].flat().map(resourceFrom), settings[name] ?? {});
          expect(judged(rule, fixed, settings[name] ?? {}).found).toEqual([]);
        });
    }
  });
}

/** Some examples have hundreds of fields, each with some twenty values; in ms. */
const slow = 60_000;

interface Case {
  resources: readonly Resource[];
  examples: readonly (readonly Resource[])[];
  settings?: Fields | undefined;
}

/** Field of a message, which says what a violation is about; the words after it may name values. */
const fieldOf = (message: string): string => message.split(": ")[0] ?? "";
const fieldsOf = (messages: readonly string[]): string[] => [...new Set(messages.map(fieldOf))];
const inAll = <T>(lists: readonly (readonly T[])[], item: T): boolean => lists.every((list) => list.includes(item));

/**
 * With a field unknown a rule says just what it would say whatever the field's value is, tells why where it can't say more,
 * and changes just what it would change in any case.
 */
function withUnknowns(rule: Rule, { resources, examples, settings = {} }: Case): void {
  const messages = judged(rule, resources, settings).found;
  const isProperty = (path: Path) => path.length > 2 && path[1] === "props";
  for (const path of triedPaths(resources).filter(isProperty)) {
    const where = path.slice(2).join(".");
    const hidden = withValue(resources, path, unknown);
    const alternatives = possible(path, [resources, ...examples]).map((value) => withValue(resources, path, value));
    const messagesByValue = alternatives.map((alternative) => judged(rule, alternative, settings).found);
    const { found, reasons } = judged(rule, hidden, settings);
    const reportedFields = fieldsOf(found);
    const certain = messages.filter((message) => inAll(messagesByValue, message)).map(fieldOf);
    expect(reportedFields, where).toEqual(expect.arrayContaining(certain));
    // Where a field's own name isn't known, it is called otherwise.
    const named = reportedFields.filter((field) => !field.includes("not known yet"));
    expect(
      named.filter((field) => !inAll(messagesByValue.map(fieldsOf), field)),
      where,
    ).toEqual([]);
    if (reportedFields.length < fieldsOf(messages).length)
      expect(reasons.join(), where).toContain("not known before the deployment");
    if (!("remediateResource" in rule)) continue;
    const after = remediated(rule, hidden, settings);
    expect(valueAt(after, path), where).toBe(unknown);
    const changed = changes(hidden, after);
    for (const alternative of changed.size > 0 ? alternatives : []) {
      const would = changes(alternative, remediated(rule, alternative, settings));
      for (const [at, value] of changed) expect(would.get(at), `${where}: ${at}`).toEqual(value);
    }
  }
  const nothing = resources.map((resource) => ({ ...resource, props: allUnknown(resource.props) as Fields }));
  const remaining = remediated(rule, nothing, settings);
  for (const path of pathsIn(nothing))
    if (valueAt(nothing, path) === unknown) expect(valueAt(remaining, path), path.join(".")).toBe(unknown);
  if (messages.length > 0) return;
  expect(judged(rule, nothing, settings).found).toEqual([]);
  expect(remaining).toEqual(nothing);
}

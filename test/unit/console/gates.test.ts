// The inbox and the page of a gate: which gate is next, what evidence is the same, how rules and deciders are said.
import { describe, expect, test } from "vitest";
import type { WorkloadRow } from "../../../console/contract.ts";
import { changeFaults, filledIn } from "../../../console/pages/gate/change-faults.ts";
import { deciderWords } from "../../../console/pages/gate/decider.ts";
import { ruleOf } from "../../../console/pages/gate/rule.ts";
import { sameEvidence } from "../../../console/pages/gate/same-evidence.ts";
import { neighbours } from "../../../console/pages/inbox/order.ts";

describe("the gates beside one", () => {
  const row = (name: string) => ({ namespace: "tenant-demo", name }) as WorkloadRow;
  const gates = [row("a"), row("b"), row("c")];
  test.each([
    ["a", undefined, "b"],
    ["b", "a", "c"],
    ["c", "b", undefined],
    ["answered", undefined, "a"],
  ])("%s are %s and %s", (name, before, after) => {
    const { previous, next } = neighbours(gates, row(name));
    expect([previous?.name, next?.name]).toEqual([before, after]);
  });
});

test.each([
  [{}, {}, true],
  [{ analysis: "1" }, { analysis: "1" }, true],
  [{ analysis: "1" }, { analysis: "2" }, false],
  [{ analysis: "1" }, {}, false],
  [{}, { analysis: "1" }, false],
])("evidence %j and %j: the same is %s", (one, other, same) => {
  expect(sameEvidence({ uid: "u", evidence: one }, { uid: "u", evidence: other })).toBe(same);
  expect(sameEvidence({ uid: "u", evidence: one }, { uid: "another", evidence: other })).toBe(false);
});

test("a refusal by admission is its last sentence, any other is itself", () => {
  const message = 'x "a" is forbidden: ValidatingAdmissionPolicy "p" with binding "p" denied request: you submitted it';
  expect(ruleOf(message)).toBe("You submitted it");
  expect(ruleOf("User can't patch")).toBe("User can't patch");
});

test.each([
  ["ann", "ann"],
  ["opa", "the policy"],
  ["toString", "toString"],
])("who decides as %s is %s", (by, words) => expect(deciderWords(by)).toBe(words));

describe("what who approves changes", () => {
  const changeable = {
    title: { type: ["string" as const], maxLength: 3 },
    code: { type: ["string" as const], pattern: "^[A-Z]+$" },
  };
  test("is what is filled in, and nothing that is left empty", () =>
    expect(filledIn({ title: "a", code: " " })).toEqual({ title: "a" }));
  test.each<[Record<string, string>, Record<string, string>]>([
    [{ title: "abc", code: "AB" }, {}],
    [{ title: "", code: "" }, {}],
    [
      { title: "abcd", code: "ab" },
      { title: "At most 3 characters.", code: "It must match ^[A-Z]+$." },
    ],
  ])("%j is told %j", (values, faults) => expect(changeFaults(changeable, values)).toEqual(faults));
});

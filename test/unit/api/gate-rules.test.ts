// A tenant's rules for gates as its namespace's annotation has them.
import { approverGroups, gateRulesText } from "@agentic/api/gate-rules.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

/** The groups of a template as the admission policy reads them. */
const groupsIn = (text: string, template: string) => {
  const key = `approvers.${template}=`;
  return text.split("\n").flatMap((line) => (line.startsWith(key) ? [line.slice(key.length)] : []));
};

describe("the text of a tenant's rules", () => {
  it("says of a tenant without rules that it has none", () => {
    expect(gateRulesText({ minio_bucket: "b" })).toBe("four_eyes=false\nquorum=1");
  });

  it("has each template's groups, whatever their names", () => {
    const group = fc.stringMatching(/^[^\s]([^\n]{0,20}[^\s])?$/);
    const template = fc.constantFrom("a", "a.b", "visual-analysis-template", "b");
    fc.assert(
      fc.property(fc.dictionary(template, fc.array(group, { minLength: 1, maxLength: 4 })), (approvers) => {
        const settings = Object.fromEntries(
          Object.entries(approvers).map(([name, groups]) => [`approvers.${name}`, groups.join("\n")]),
        );
        const text = gateRulesText(settings);
        for (const name of ["a", "a.b", "visual-analysis-template", "b"])
          expect(groupsIn(text, name)).toEqual(approverGroups(settings, name) ?? []);
      }),
    );
  });

  it.each<Record<string, string>>([
    { four_eyes: "yes" },
    { quorum: "0" },
    { quorum: "11" },
    { "approvers.x": "" },
    { "approvers.x": "a\n\nb" },
    { "approvers.": "a" },
  ])("is refused of %j", (settings) => {
    expect(() => gateRulesText(settings)).toThrow("no rules for gates");
  });
});

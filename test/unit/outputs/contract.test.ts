// Which versions of the contract a reader takes, and what it says of others.
import fc from "fast-check";
import { expect, it } from "vitest";
import { outputErrors, versionError } from "../../../api/outputs.ts";

it.each([
  ["1.1", "1.1", undefined],
  ["1.7", "1.1", undefined],
  ["1.0", "1.1", "upgrade the platform's stack"],
  ["0.9", "1.1", "upgrade the platform's stack"],
  ["2.0", "1.1", "update @agentic/platform-client"],
  [undefined, "1.1", "pulumi up"],
  ["new", "1.1", "is not a version such as 1.1"],
])("outputs of %s for a reader of %s: %s", (version, supported, message) => {
  const error = versionError(version, supported);
  if (message === undefined) expect(error).toBeUndefined();
  else expect(error).toContain(message);
});

it("takes a version just where major is the same and minor is no lower", () => {
  const number = fc.nat({ max: 30 });
  fc.assert(
    fc.property(number, number, number, number, (a, b, c, d) => {
      expect(versionError(`${a}.${b}`, `${c}.${d}`) === undefined).toBe(a === c && b >= d);
    }),
  );
});

it("names each field that is not as the contract says", () => {
  expect(outputErrors({ contractVersion: "x" }).join("\n")).toContain("contractVersion: must match pattern");
  expect(outputErrors({ contractVersion: "1.1" }).join("\n")).toContain("required");
});

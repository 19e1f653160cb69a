// The pages of tenants and the platform: rights in words, how full a quota is, which version runs.
import { expect, test } from "vitest";
import { versionOf } from "../../../console/pages/platform/version.ts";
import { rightsWords, shareOf } from "../../../console/pages/tenant/rights.ts";

test("rights are said in words", () => {
  const rights = { namespace: "t", see: true, submit: false, change: false, approve: true };
  expect(rightsWords(rights)).toBe("see workloads and answer at gates");
  expect(rightsWords({ ...rights, see: false, approve: false })).toBe("do nothing");
});

test.each([
  ["500m", "2", 0.25],
  ["1Gi", "1Gi", 1],
  ["0", "0", 1],
])("%s of %s is a share of %d", (used, hard, share) => expect(shareOf({ used, hard })).toBe(share));

test.each([
  ["registry.local:5000/a:1.2.3", "1.2.3"],
  ["registry.local/a:1.2.3@sha256:abc", "1.2.3"],
  ["registry.local/a@sha256:0123456789abcdef", "0123456789ab"],
  ["registry.local:5000/a", ""],
])("the version of %s is %j", (image, version) => expect(versionOf(image)).toBe(version));

// Which Go builds the node.
import { expect, test } from "vitest";
import { isNewEnough, proxies } from "../../../embedded/node/go.ts";

test.each([
  ["go1.26.8", true],
  ["go1.27rc1", true],
  ["go2.0", true],
  ["go1.25.9", false],
  ["go1.19.8", false],
  ["devel", false],
  ["", false],
])("%s can build the node: %s", (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});

test.each([
  [undefined, []],
  ["https://a.example,https://b.example|direct", ["https://a.example", "https://b.example"]],
  ["off", []],
])("GOPROXY=%s asks %j", (goproxy, expected) => {
  expect(proxies(goproxy)).toEqual(expected);
});

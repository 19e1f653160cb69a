// Ranges count as the internet by how much of it they are together, however they are cut.

import { blockList, PRIVATE_IPV4, SPECIAL_IPV4 } from "@agentic/api/addresses.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { areEverywhere } from "./ranges.ts";

const cidrs = (...list: string[]) => list.map((cidr) => ({ cidr }));
const dotted = (address: number) => [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");

/** All ranges of a length. */
const parts = (bits: number) => Array.from({ length: 2 ** bits }, (_, i) => `${dotted(i * 2 ** (32 - bits))}/${bits}`);

test.each([1, 2, 3, 5, 8, 10])("all ranges of length %i are the internet, and the public ones of them are", (bits) => {
  const inside = blockList("ipv4", ...PRIVATE_IPV4, ...SPECIAL_IPV4);
  expect(areEverywhere(cidrs(...parts(bits)))).toBe(true);
  expect(areEverywhere(cidrs(...parts(bits).filter((cidr) => !inside.check(cidr.split("/")[0] ?? ""))))).toBe(true);
});

test("everything but what is private is the internet; what is private is not", () => {
  const rest = [...PRIVATE_IPV4, ...SPECIAL_IPV4];
  expect(areEverywhere([{ cidr: "0.0.0.0/0", except: rest }])).toBe(true);
  expect(areEverywhere(cidrs(...rest, "fc00::/7"))).toBe(false);
});

test.each(["", "everywhere", "10/8", "1.2.3.4/33", "::/129", "0.0.0.0"])("'%s' is no range that is all", (text) => {
  expect(areEverywhere(cidrs(text))).toBe(false);
});

test.each(["1.2.3.4/0", " 0.0.0.0/0 ", "0.0.0.0/00", "::/0", "::ffff:0:0/96", "::ffff:0.0.0.0/96"])(
  "'%s' is all",
  (text) => {
    expect(areEverywhere(cidrs(text))).toBe(true);
  },
);

test("cutting a range in two halves, in any place and order, changes nothing", () => {
  const halves = (cidr: string): string[] => {
    const [address = "", bits = "0"] = cidr.split("/");
    const first = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
    const length = Number(bits) + 1;
    return length > 32 ? [cidr] : [`${address}/${length}`, `${dotted(first + 2 ** (32 - length))}/${length}`];
  };
  const cut = fc.array(fc.nat(1000), { maxLength: 60 });
  fc.assert(
    fc.property(fc.constantFrom("0.0.0.0/0", "64.0.0.0/2", "128.0.0.0/1", "8.0.0.0/6"), cut, (whole, places) => {
      const list: string[] = [whole];
      for (const place of places) list.splice(place % list.length, 1, ...halves(list[place % list.length] ?? ""));
      expect(areEverywhere(cidrs(...list))).toBe(areEverywhere(cidrs(whole)));
      expect(areEverywhere([{ cidr: whole, except: list }])).toBe(false);
    }),
    { numRuns: 50 },
  );
});

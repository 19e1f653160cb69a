// Pairs of stacks whose names are as alike as names of two parts can be.
import fc from "fast-check";

type Stack = [project: string, stack: string];

/** Parts and borders that names are made of, those of two stacks from the same few. */
const word = fc.constantFrom(
  "shop",
  "eu",
  "dev",
  "Dev",
  "a",
  "0",
  "é",
  "e\u0301",
  "p".repeat(70),
  "\ud800",
  "\udc00",
  "",
);
const border = fc.constantFrom("-", "--", ".", "_", "/", " ", "%2F", "");
const text = fc.array(fc.tuple(word, border), { minLength: 1, maxLength: 3 }).map((parts) => parts.flat().join(""));
const stack: fc.Arbitrary<Stack> = fc.tuple(text, text);

/** The same characters with the border between project and stack elsewhere. */
const movedBorder: fc.Arbitrary<[Stack, Stack]> = fc.tuple(text, border, text, border, text).map(([a, x, b, y, c]) => [
  [a, `${b}${y}${c}`],
  [`${a}${x}${b}`, c],
]);

export const stackPairs: fc.Arbitrary<[Stack, Stack]> = fc.oneof(
  fc.tuple(stack, stack),
  movedBorder,
  stack.map((pair): [Stack, Stack] => [pair, [pair[0].toUpperCase(), pair[1].toLowerCase()]]),
);

// Where on its page a finding is: the words that it quotes, in their sentence, and where the picture has them.
import type { TextBox } from "@agentic/api/artifacts.ts";
import { describe, expect, test } from "vitest";
import { type Fact, placesOf } from "../../../console/gate/place.ts";

const TEXTS = [
  "Kettles of this year",
  "The Aria kettle costs 39.90 EUR. It boils in 3 minutes.",
  "Shipping is",
  "4.90 EUR",
  "more (islands: 4.90 EUR twice).",
  "The Aria kettle: now 45 EUR only",
  "Call 39 times.",
];
const BOXES = TEXTS.map((_, n): TextBox => [10, 100 * n, 210, 100 * n + 20]);
const page = { texts: TEXTS, boxes: BOXES };
const wordsOf = (finding: string, facts: Fact[] = []) =>
  placesOf(finding, facts, page).map(({ before, match, after }) => `${before}[${match}]${after}`);

describe("a finding is", () => {
  test.each<[string, string[], Fact[]?]>([
    ["It says “boils in 3 minutes”, which nobody has tried.", ["It [boils in 3 minutes]."]],
    ["It says “Shipping is 4.90 EUR”.", ["[Shipping is 4.90 EUR] more (islands: 4.90 EUR twice)."]],
    [
      "The page contradicts itself on Aria price: 39.90 EUR and 45 EUR.",
      ["Kettles of this year The Aria kettle costs [39.90 EUR].", "The Aria kettle: now [45 EUR] only Call 39 times."],
    ],
    [
      "The price of Aria is doubtful: 39.90.",
      ["Kettles of this year The Aria kettle costs [39.90] EUR."],
      [{ name: "Aria, price", value: "39.90" }],
    ],
  ])("at %j", (finding, places, facts) => {
    expect(wordsOf(finding, facts)).toEqual(places);
  });

  test.each([
    ["the page doesn't say what it quotes", "It says “free for ever”."],
    ["it has only a number that is anywhere", "The page says little: 39 words."],
    ["it names a part of a number", "It costs 9.90 EUR."],
    ["it names nothing", "The kettle is out of stock."],
  ])("nowhere where %s", (_, finding) => expect(wordsOf(finding)).toEqual([]));
});

test("the place on the picture is around all texts that the words are in, and unknown where one's is", () => {
  const [place] = placesOf("It says “Shipping is 4.90 EUR”.", [], page);
  expect(place?.box).toEqual([10, 200, 210, 320]);
  const boxes = BOXES.map((box, n) => (n === 3 ? null : box));
  expect(placesOf("It says “Shipping is 4.90 EUR”.", [], { ...page, boxes })[0]).not.toHaveProperty("box");
});

test("what a stranger's page or a model says is searched for as it is, and cut", () => {
  const texts = [`${"long words ".repeat(1000)}(a+)+$ [x] ${"more words ".repeat(1000)}`];
  const [place] = placesOf("It says “(a+)+$ [x]”.", [], { texts, boxes: [] });
  expect(place?.match).toBe("(a+)+$ [x]");
  expect(place?.before).toMatch(/^… long words/);
  expect(place?.after).toMatch(/more …$/);
});

// Where on its page a finding is: words of the page that the finding quotes, in the sentence around them, and their place on the picture.
import type { TextBox } from "@agentic/api/artifacts.ts";
import type { FindingPlace } from "../contract.ts";

/** Texts that a page shows, in its order. */
export interface PageTexts {
  texts: readonly string[];
  /** Where each is on the screenshot; null where that is unknown. */
  boxes: readonly (TextBox | null)[];
}

/** A value that the analysis has taken from the page, word for word. */
export interface Fact {
  name: string;
  value: string;
}

/** A finding may be about a contradiction, which has two sides. */
const MAX_PLACES = 3;
/** Characters of a page's texts that are searched. */
const MAX_SEARCHED = 500_000;
/** Characters around a place that are compared with the finding's words, and shown. */
const AROUND = 160;
/** Occurrences of the same words that are compared. */
const MAX_OCCURRENCES = 50;

const QUOTED = /[“"«„]([^“”"«»„]{3,200})[”"»“]/gu;
const AMOUNT = /(?:[€$£]\s?)?\d+(?:[.,]\d+)*(?:\s?(?:%|€|£|\$|[A-Z]{3}(?![\p{L}\p{N}])))?/gu;
/** Words that findings have of any page. */
const COMMON = new Set(
  "page pages says itself word words text texts something nothing there their which that this with from".split(" "),
);

interface Needle {
  words: string;
  /** What it is about, beside the finding's own words. */
  about: string;
  /** How many of the finding's other words must stand around it: a number alone is anywhere. */
  least: number;
}

/** The places, the surest first; none where nothing of the finding is on the page as it says. */
export function placesOf(finding: string, facts: readonly Fact[], page: PageTexts): FindingPlace[] {
  const text = page.texts.join(" ").slice(0, MAX_SEARCHED);
  const found: { start: number; end: number }[] = [];
  for (const needle of needlesOf(finding, facts)) {
    if (found.length === MAX_PLACES) break;
    const match = bestOf(text, needle, finding);
    if (match && !found.some(({ start, end }) => match.start < end && match.end > start)) found.push(match);
  }
  return found.map((match) => placeAt(text, match, page));
}

/** Quotes, then values that the analysis has from the page, then amounts; none that is part of one before. */
function needlesOf(finding: string, facts: readonly Fact[]): Needle[] {
  const quoted = [...finding.matchAll(QUOTED)].map(([, words = ""]) => ({ words: words.trim(), about: "", least: 0 }));
  const values = facts
    .filter(({ value }) => value.trim().length > 1 && occurrence(value).test(finding))
    .toSorted((one, other) => other.value.length - one.value.length)
    .map(({ name, value }) => ({ words: value.trim(), about: name, least: /^\d+$/.test(value.trim()) ? 1 : 0 }));
  const amounts = [...finding.matchAll(AMOUNT)].map(([words]) => {
    const isBare = /^\d+$/.test(words);
    return { words: words.trim(), about: "", least: isBare ? 2 : 0 };
  });
  const all: Needle[] = [];
  for (const needle of [...quoted, ...values, ...amounts])
    if (needle.words.length > 1 && !all.some(({ words }) => words.includes(needle.words))) all.push(needle);
  return all;
}

/** The words as a whole, whatever space is between them. */
const occurrence = (words: string, flags = "iu"): RegExp => {
  const pattern = words
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"))
    .join("\\s+");
  return new RegExp(`(?<![\\p{L}\\p{N}])${pattern}(?![\\p{L}\\p{N}])`, flags);
};

function bestOf(text: string, { words, about, least }: Needle, finding: string) {
  const own = wordsOf(words);
  const wanted = [...wordsOf(`${finding} ${about}`)].filter((word) => !own.has(word));
  let best: { start: number; end: number; score: number } | undefined;
  let tried = 0;
  for (const match of text.matchAll(occurrence(words, "giu"))) {
    if (tried++ === MAX_OCCURRENCES) break;
    const [start, end] = [match.index, match.index + match[0].length];
    const around = wordsOf(text.slice(Math.max(0, start - AROUND), end + AROUND));
    const score = wanted.filter((word) => around.has(word)).length;
    if (score >= least && score > (best?.score ?? -1)) best = { start, end, score };
  }
  return best;
}

const wordsOf = (text: string): Set<string> =>
  new Set((text.toLowerCase().match(/[\p{L}\p{N}]{4,}/gu) ?? []).filter((word) => !COMMON.has(word)));

function placeAt(text: string, { start, end }: { start: number; end: number }, page: PageTexts): FindingPlace {
  const box = boxOf(page, start, end);
  return {
    before: beginning(text.slice(Math.max(0, start - AROUND), start), start > AROUND),
    match: text.slice(start, end),
    after: ending(text.slice(end, end + AROUND), end + AROUND < text.length),
    ...(box ? { box } : {}),
  };
}

/** From the sentence's begin, or from a word on. */
function beginning(text: string, isCut: boolean): string {
  const sentence = /^.*[.!?]\s+/su.exec(text)?.[0].length;
  if (sentence !== undefined) return text.slice(sentence);
  return isCut ? `…${text.replace(/^\S*/u, "")}` : text;
}

/** To the sentence's end, or to a whole word. */
function ending(text: string, isCut: boolean): string {
  const sentence = /^.*?[.!?](?=\s|$)/su.exec(text)?.[0];
  if (sentence !== undefined) return sentence;
  return isCut ? `${text.replace(/\S*$/u, "")}…` : text;
}

/** The least rectangle around the texts that the place is in; undefined where one's place is unknown. */
function boxOf({ texts, boxes }: PageTexts, start: number, end: number): TextBox | undefined {
  let at = 0;
  let around: TextBox | undefined;
  for (const [n, text] of texts.entries()) {
    if (at >= end) break;
    if (at + text.length > start) {
      const box = boxes[n];
      if (!box) return undefined;
      around = around
        ? [
            Math.min(around[0], box[0]),
            Math.min(around[1], box[1]),
            Math.max(around[2], box[2]),
            Math.max(around[3], box[3]),
          ]
        : box;
    }
    at += text.length + 1;
  }
  return around;
}

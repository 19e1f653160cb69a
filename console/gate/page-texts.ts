// What a run's page shows, by the texts that were read with its screenshot, else by its structure.
import { shownTextName, type TextBox } from "@agentic/api/artifacts.ts";
import { jsonOf } from "../artifacts/artifacts.ts";
import type { ReadObject } from "../artifacts/store.ts";
import type { Artifact } from "../contract.ts";
import type { PageTexts } from "./place.ts";

/** Larger ones aren't read for a page of the console. */
const MAX_BYTES = 4 * 1024 * 1024;

/** `screenshots/<n>.json`, as far as it is what a step of the platform writes. */
interface ShownText {
  texts?: [text: string, shown: 0 | 1 | string][];
  boxes?: (TextBox | null)[];
}

/** `dom_structures.json`, as far as texts of people's are in it. */
interface Structures {
  pages?: {
    n?: number;
    title?: string;
    headings?: { text?: string }[];
    links?: { text?: string }[];
    tables?: { caption?: string; header?: string[]; rows?: string[][] }[];
  }[];
}

/** The texts of pages by their numbers, as far as they are known. One page after the other: each may be large. */
export async function pageTextsOf(
  read: ReadObject,
  artifacts: readonly Artifact[],
  numbers: readonly number[],
): Promise<Map<number, PageTexts>> {
  // One artifact about all pages, read where one of them needs it.
  let structures: Promise<Structures | undefined> | undefined;
  const texts = new Map<number, PageTexts>();
  for (const n of numbers) {
    const shown = shownTexts(await small<ShownText>(read, artifacts, shownTextName(n)));
    if (!shown) structures ??= small<Structures>(read, artifacts, "dom_structures");
    const known = shown ?? structuredTexts(await structures, n);
    if (known) texts.set(n, known);
  }
  return texts;
}

function shownTexts(shown: ShownText | undefined): PageTexts | undefined {
  if (!Array.isArray(shown?.texts)) return undefined;
  const texts = shown.texts.flatMap(([text, part], index) =>
    part === 0 ? [] : [{ text: String(part === 1 ? text : part), box: shown.boxes?.[index] ?? null }],
  );
  return { texts: texts.map(({ text }) => text), boxes: texts.map(({ box }) => box) };
}

function structuredTexts(structures: Structures | undefined, n: number): PageTexts | undefined {
  const page = structures?.pages?.find((each) => each.n === n);
  if (!page) return undefined;
  const { title = "", headings = [], links = [], tables = [] } = page;
  const rows = tables.flatMap(({ caption = "", header = [], rows = [] }) => [
    caption,
    ...[header, ...rows].map((row) => row.join(" ")),
  ]);
  const texts = [title, ...headings.map(({ text = "" }) => text), ...rows, ...links.map(({ text = "" }) => text)];
  return { texts: texts.filter(Boolean), boxes: [] };
}

async function small<T>(read: ReadObject, artifacts: readonly Artifact[], name: string): Promise<T | undefined> {
  const { bytes = 0 } = artifacts.find((each) => each.name === name) ?? {};
  return bytes <= MAX_BYTES ? await jsonOf<T>(read, artifacts, name) : undefined;
}

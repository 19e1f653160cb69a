// Reads a page into its part of a prompt.
import { pageBlock } from "../core/prompt.ts";
import { type Measure, type PageSource, pageText } from "./text.ts";

export interface PromptPage {
  title: string;
  words: number;
  measure: Measure;
  prompt: string;
}

/** The page as part of a prompt. */
export function pagePrompt(page: PageSource): PromptPage {
  const text = pageText(page.html, page.contentType, page.shown);
  const { title, words, measure } = text;
  return { title, words, measure, prompt: pageBlock(page.url, text) };
}

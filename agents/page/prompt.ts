// Reads a page into its part of a prompt.
import { pageBlock } from "../core/prompt.ts";
import { pageText } from "./text.ts";

export interface PromptPage {
  title: string;
  words: number;
  prompt: string;
}

/** The page as part of a prompt. `mediaType` defaults to text/html. */
export function pagePrompt(url: string, page: string, mediaType?: string): PromptPage {
  const text = pageText(page, mediaType);
  return { title: text.title, words: text.words, prompt: pageBlock(url, text) };
}

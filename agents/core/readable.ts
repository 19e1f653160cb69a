// Reduces text of pages and models to what people see of it: without invisible characters, and a value on one line.
import { clean } from "@agentic/api/text.ts";

/**
 * Invisible characters: soft hyphens, zero-width spaces, direction marks, and the tags and variation selectors, which can hide a whole
 * text. Joiners and the selectors of emoji stay, because they change the visible text.
 */
const INVISIBLE = /[\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\u{E0000}-\u{E0FFF}]/gu;

/** The text without invisible characters, and without those that stores refuse. */
export const readable = (text: string): string => clean(text.replace(INVISIBLE, ""));

/** The text with each run of white space as one space. */
export const squeeze = (text: string): string => text.replace(/\s+/g, " ").trim();

// Text from outside as people see it: without invisible characters, on one line where it is one value.
import { clean } from "@agentic/api/text.ts";

/**
 * Invisible characters: soft hyphens, zero-width spaces, direction marks, and the tags and variation selectors in which a whole
 * text can hide. Joiners and the selectors of emoji stay, because they change what is seen.
 */
const INVISIBLE = /[\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\u{E0000}-\u{E0FFF}]/gu;

/** The text without invisible characters and those that stores refuse. */
export const readable = (text: string): string => clean(text.replace(INVISIBLE, ""));

/** The text with each run of whitespace as one blank. */
export const squeeze = (text: string): string => text.replace(/[\s\u00A0]+/g, " ").trim();

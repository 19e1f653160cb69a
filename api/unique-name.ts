// Names that people can read and that no two things share, for what is named after several texts at once.
import { createHash } from "node:crypto";

/** How a name is formed. */
export interface UniqueNameOptions {
  /** Characters that may tell people what it is: the texts in lower case, everything but letters and digits as `-`. */
  readable: number;
  /** Between that and the 32 characters that tell it from all others. */
  separator: "." | "-";
  /** What people are told in the place of all texts. */
  shown?: string;
}

/**
 * A name of lower-case letters, digits, `-` and the separator, that begins and ends with a letter or digit. The hash is of the
 * texts with their borders: `shop` and `eu-dev` have another name than `shop-eu` and `dev`, and `Dev` another than `dev`.
 */
export function uniqueName(texts: readonly string[], { readable, separator }: UniqueNameOptions): string {
  const words = texts
    .join("-")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-");
  const shown = words.replace(/^-/, "").slice(0, readable).replace(/-$/, "") || "x";
  // JSON keeps the borders, and halves of surrogate pairs, which UTF-8 would make one and the same character.
  const hash = createHash("sha256").update(JSON.stringify(texts)).digest("hex").slice(0, 32);
  return `${shown}${separator}${hash}`;
}

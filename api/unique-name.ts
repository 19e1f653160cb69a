// Makes names that are readable and unique, for objects that are named after several texts.
import { createHash } from "node:crypto";

/** How a name is formed. */
export interface UniqueNameOptions {
  /** Most characters of the readable part: the texts in lower case, everything but letters and digits as `-`. */
  readable: number;
  /** Character between the readable part and the 32 characters of the hash. */
  separator: "." | "-";
}

/**
 * A name of lower-case letters, digits, `-` and the separator, that begins and ends with a letter or digit. The hash keeps the
 * texts apart: `shop` and `eu-dev` have another name than `shop-eu` and `dev`, and `Dev` another one than `dev`.
 */
export function uniqueName(texts: readonly string[], { readable, separator }: UniqueNameOptions): string {
  const words = texts
    .join("-")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-");
  const readablePart = words.replace(/^-/, "").slice(0, readable).replace(/-$/, "") || "x";
  // JSON keeps the texts apart, and keeps lone surrogates, which UTF-8 would turn into the same character.
  const hash = createHash("sha256").update(JSON.stringify(texts)).digest("hex").slice(0, 32);
  return `${readablePart}${separator}${hash}`;
}

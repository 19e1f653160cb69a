// Manifests that are given as text: that of a workflow's step, of a sensor's source, and whatever else has one.
import { parseAllDocuments } from "yaml";
import { type Fields, fields } from "../values.ts";

/** What every manifest has, in YAML or JSON. Takes time in proportion to the text: no blank is read twice. */
const isManifest = /(?:^|[\n{,])[^\S\n]*["']?apiVersion["']?\s*:/;

/** Longer texts, in characters, are in no object: the API server's store takes 1.5 MiB of each. */
const longest = 1.5 * 2 ** 20;

/** Every rule asks for the same texts: those asked for last, up to so many characters in all. */
const read = new Map<string, readonly Fields[]>();
const kept = 4 * longest;

/** The documents of a manifest, as far as they can be read before their variables are filled in; none of another text. */
export function manifestsIn(text: string): readonly Fields[] {
  if (text.length > longest || !isManifest.test(text)) return [];
  const known = read.get(text) ?? parsed(text);
  read.delete(text);
  read.set(text, known);
  let length = 0;
  for (const one of read.keys()) length += one.length;
  for (const one of read.keys()) {
    if (length <= kept) break;
    read.delete(one);
    length -= one.length;
  }
  return known;
}

function parsed(text: string): Fields[] {
  try {
    if (text.trimStart().startsWith("{")) return [fields(JSON.parse(text))];
  } catch {
    // YAML may begin with a brace, too.
  }
  try {
    // Looking for a key that is there twice takes quadratic time: the last one counts.
    return [parseAllDocuments(text, { logLevel: "silent", uniqueKeys: false })].flat().map((document) => {
      try {
        // As a tree: an anchor may be used inside of itself.
        return fields(JSON.parse(JSON.stringify(document.toJS())));
      } catch {
        return {};
      }
    });
  } catch {
    return [];
  }
}

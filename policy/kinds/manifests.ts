// Reads manifests that are given as text, as in a workflow's step or a sensor's source.
import { parseAllDocuments } from "yaml";
import { type Fields, fields } from "../values.ts";

/** The field that every manifest has, in YAML or JSON. Matching takes linear time: no blank is read twice. */
const isManifest = /(?:^|[\n{,])[^\S\n]*["']?apiVersion["']?\s*:/;

/** Characters; no object holds a longer text, since the API server's store takes at most 1.5 MiB of an object. */
const longest = 1.5 * 2 ** 20;

/** A cache of the last texts, since every rule asks for the same ones. */
const read = new Map<string, readonly Fields[]>();
/** Characters of all cached texts together. */
const maxCached = 4 * longest;

/** The documents of a manifest that can be read before their variables are filled in; [] for a text that isn't a manifest. */
export function manifestsIn(text: string): readonly Fields[] {
  if (text.length > longest || !isManifest.test(text)) return [];
  const known = read.get(text) ?? parsed(text);
  read.delete(text);
  read.set(text, known);
  let totalLength = 0;
  for (const cached of read.keys()) totalLength += cached.length;
  for (const oldest of read.keys()) {
    if (totalLength <= maxCached) break;
    read.delete(oldest);
    totalLength -= oldest.length;
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
    // Checking for duplicate keys takes quadratic time; the last value counts.
    return [parseAllDocuments(text, { logLevel: "silent", uniqueKeys: false })].flat().map((document) => {
      try {
        // Converted to a tree, since an anchor may be used inside of itself.
        return fields(JSON.parse(JSON.stringify(document.toJS())));
      } catch {
        return {};
      }
    });
  } catch {
    return [];
  }
}

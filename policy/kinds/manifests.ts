// Reads manifests that are given as text, as in a workflow's step or a sensor's source: as kubectl reads them.
import {
  boolYaml11Tag,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  FAILSAFE_SCHEMA,
  floatYaml11Tag,
  intYaml11Tag,
  loadAll,
  mapTag,
  mergeTag,
  nullYaml11Tag,
  seqTag,
} from "js-yaml";
import { type Fields, fields } from "../values.ts";

/** The field that every manifest has, in YAML or JSON. Matching takes linear time: no blank is read twice. */
const isManifest = /(?:^|[\n{,-])[^\S\n]*["']?apiVersion["']?\s*:/;

/** Characters; no object holds a longer text, since the API server's store takes at most 1.5 MiB of an object. */
const longest = 1.5 * 2 ** 20;

/** Values in a document with its aliases followed; more don't fit into an object. */
const mostValues = longest;
/** Levels of a document. */
const deepest = 1000;

/** Values as kubectl reads them, by YAML 1.1: `yes` is true and `0440` octal. Tags that it doesn't know change nothing. */
const schema = FAILSAFE_SCHEMA.withTags(
  ...[nullYaml11Tag, boolYaml11Tag, intYaml11Tag, floatYaml11Tag, mergeTag],
  defineScalarTag("", { matchByTagPrefix: true, identify: () => false, resolve: (text) => text }),
  defineSequenceTag("", { ...seqTag, matchByTagPrefix: true, identify: () => false }),
  defineMappingTag("", { ...mapTag, matchByTagPrefix: true, identify: () => false }),
);

/** A cache of the last texts, since every rule asks for the same ones. */
const read = new Map<string, readonly Fields[]>();
/** Characters of all cached texts together. */
const maxCached = 4 * longest;

/** The documents of a manifest that can be read before their variables are filled in; [] for a text that isn't a manifest. */
export function manifestsIn(text: string): readonly Fields[] {
  if (text.length > longest || !isManifest.test(text)) return [];
  const documents = read.get(text) ?? parsed(text);
  read.delete(text);
  read.set(text, documents);
  let totalLength = 0;
  for (const cached of read.keys()) totalLength += cached.length;
  for (const oldest of read.keys()) {
    if (totalLength <= maxCached) break;
    read.delete(oldest);
    totalLength -= oldest.length;
  }
  return documents;
}

function parsed(text: string): Fields[] {
  const { marked, restored } = withoutVariables(text);
  return (jsonIn(marked) ?? yamlIn(marked)).flatMap((document) => {
    try {
      return [document].flat().map((value) => fields(treeOf(value, { restored, left: mostValues })));
    } catch {
      // It is used inside of itself, or too large: no cluster takes it.
      return [];
    }
  });
}

/**
 * A text in which a mark replaces each variable of a workflow, `{{…}}`, because outside of quotes it is not valid YAML; and a function
 * that puts the variables back into a value.
 */
function withoutVariables(text: string): { marked: string; restored: (value: string) => string } {
  const variables: string[] = [];
  const marked = text.replaceAll(/\{\{[^{}]*\}\}/g, (name) => `\uE000${variables.push(name) - 1}\uE001`);
  const restored = (value: string) => value.replaceAll(/\uE000(\d+)\uE001/g, (_, i) => variables[Number(i)] ?? "");
  return { marked, restored };
}

/** The objects of a text of JSON, one after another; undefined if it isn't one. */
function jsonIn(text: string): unknown[] | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  const objects: unknown[] = [];
  let depth = 0;
  let start = 0;
  try {
    // A text without an end counts to the end of all, so that none is read twice.
    for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.?)*(?:"|$)|[{}]/gs)) {
      if (token === "{" && depth++ === 0) start = index;
      if (token === "}" && --depth === 0) objects.push(JSON.parse(text.slice(start, index + 1)));
    }
    return depth === 0 ? objects : undefined;
  } catch {
    // YAML may begin with a brace, too.
    return undefined;
  }
}

/** The documents of a text of YAML. One that can't be read hides no other. */
const yamlIn = (text: string): unknown[] =>
  text.split(/^---(?=\s|$)/m).flatMap((document) => {
    try {
      // A key that comes again replaces the first one.
      return loadAll(document, { schema, json: true, maxDepth: deepest, maxTotalMergeKeys: mostValues });
    } catch {
      return [];
    }
  });

/** A value as a tree, because rules go through all of it, and a list that is used in several places may become endless so. */
function treeOf(value: unknown, bounds: { left: number; restored: (text: string) => string }): unknown {
  if (bounds.left-- <= 0) throw new RangeError("the document has too many values");
  if (typeof value === "string") return bounds.restored(value);
  if (Array.isArray(value)) return value.map((item) => treeOf(item, bounds));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [bounds.restored(name), treeOf(inner, bounds)]),
  );
}

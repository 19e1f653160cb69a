// Makes the resources of Pulumi's random provider: generated once, then kept in the stack's state.
import { createHash, randomBytes, randomInt, randomUUID } from "node:crypto";
import { sorted } from "@agentic/api/sorted.ts";
import { type Properties, reveal, Secret } from "./values.ts";

/** State of a random resource: the hash of its inputs, and its outputs. */
export interface RandomState {
  inputs: string;
  outputs: Record<string, unknown>;
}

const adverbs = ["boldly", "calmly", "fairly", "gladly", "keenly", "neatly", "openly", "quietly", "warmly", "wisely"];
const adjectives = [
  "able",
  "brave",
  "bright",
  "calm",
  "eager",
  "fair",
  "gentle",
  "happy",
  "keen",
  "kind",
  "lively",
  "noble",
  "proud",
  "quick",
  "sunny",
  "wise",
];
const animals = [
  "badger",
  "beaver",
  "crane",
  "falcon",
  "ferret",
  "finch",
  "gecko",
  "heron",
  "hound",
  "koala",
  "lynx",
  "marten",
  "otter",
  "puffin",
  "raven",
  "robin",
  "seal",
  "stork",
  "tiger",
  "wren",
];

type Make = (inputs: Record<string, unknown>) => { id: string; outputs: Record<string, unknown> };

const letters = "abcdefghijklmnopqrstuvwxyz";
const digits = "0123456789";
const specials = "!@#$%&*()-_=+[]{}<>:?";

const makers: Record<string, Make> = {
  "random:index/randomPassword:RandomPassword": (inputs) => ({
    id: "none",
    outputs: { ...inputs, result: text(inputs) },
  }),
  "random:index/randomString:RandomString": (inputs) => {
    const result = text(inputs);
    return { id: result, outputs: { ...inputs, result } };
  },
  "random:index/randomBytes:RandomBytes": (inputs) => {
    const bytes = randomBytes(length(inputs, "length"));
    return {
      id: "none",
      outputs: { ...inputs, base64: bytes.toString("base64"), hex: bytes.toString("hex") },
    };
  },
  "random:index/randomId:RandomId": (inputs) => {
    const bytes = randomBytes(length(inputs, "byteLength"));
    const prefix = typeof inputs.prefix === "string" ? inputs.prefix : "";
    const url = bytes.toString("base64url");
    return {
      id: url,
      outputs: {
        ...inputs,
        b64Std: prefix + bytes.toString("base64"),
        b64Url: prefix + url,
        dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
        hex: prefix + bytes.toString("hex"),
      },
    };
  },
  "random:index/randomUuid:RandomUuid": (inputs) => {
    const result = randomUUID();
    return { id: result, outputs: { ...inputs, result } };
  },
  "random:index/randomPet:RandomPet": (inputs) => {
    const wordCount = Number(inputs.length ?? 2);
    const separator = typeof inputs.separator === "string" ? inputs.separator : "-";
    const chosen = Array.from({ length: Math.max(0, wordCount - 2) }, () => randomWord(adverbs));
    if (wordCount > 1) chosen.push(randomWord(adjectives));
    chosen.push(randomWord(animals));
    const prefix = typeof inputs.prefix === "string" && inputs.prefix ? [inputs.prefix] : [];
    const id = [...prefix, ...chosen].join(separator);
    return { id, outputs: { length: wordCount, separator, ...inputs } };
  },
  "random:index/randomShuffle:RandomShuffle": (inputs) => {
    const results = shuffled(Array.isArray(inputs.inputs) ? inputs.inputs : []);
    const count = inputs.resultCount === undefined ? results.length : Number(inputs.resultCount);
    // More results than inputs: the list is shuffled again.
    while (results.length > 0 && results.length < count) results.push(...shuffled(inputs.inputs as unknown[]));
    return { id: "-", outputs: { ...inputs, results: results.slice(0, count) } };
  },
  "random:index/randomInteger:RandomInteger": (inputs) => {
    const { min, max } = inputs;
    if (!Number.isInteger(min) || !Number.isInteger(max) || Number(min) > Number(max))
      throw new Error(`min and max must be whole numbers with min ≤ max, got ${min} and ${max}`);
    const result = randomInt(Number(min), Number(max) + 1);
    return { id: String(result), outputs: { ...inputs, result } };
  },
};

const secretOutputs: Record<string, string[]> = {
  "random:index/randomPassword:RandomPassword": ["result"],
  "random:index/randomBytes:RandomBytes": ["base64", "hex"],
};

/** Whether this deployer can make a random resource type. */
export function isRandom(type: string): boolean {
  return type in makers;
}

/** The previous value where the inputs are unchanged, else a new one. */
export function makeRandom(
  type: string,
  inputs: Properties,
  previous: RandomState | undefined,
): { state: RandomState; isNew: boolean } {
  const inputsHash = createHash("sha256")
    .update(JSON.stringify(sorted(reveal(inputs))))
    .digest("hex");
  if (previous?.inputs === inputsHash) return { state: previous, isNew: false };
  const maker = makers[type];
  if (!maker) throw new Error(`${type} is not a supported type: use one of ${Object.keys(makers).join(", ")}`);
  const { id, outputs } = maker(reveal(inputs) as Record<string, unknown>);
  return { state: { inputs: inputsHash, outputs: { ...outputs, id } }, isNew: true };
}

/** A random resource's outputs as the program gets them. */
export function randomOutputs(type: string, state: RandomState): { id: string; outputs: Properties } {
  const { id, ...outputs } = state.outputs as Properties & { id: string };
  for (const name of secretOutputs[type] ?? []) outputs[name] = new Secret(outputs[name] ?? null);
  return { id, outputs };
}

function text(inputs: Record<string, unknown>): string {
  const size = length(inputs, "length");
  const on = (name: string) => inputs[name] !== false;
  const groups = [
    { characters: letters, wanted: on("lower"), least: inputs.minLower },
    { characters: letters.toUpperCase(), wanted: on("upper"), least: inputs.minUpper },
    { characters: digits, wanted: on("numeric") && on("number"), least: inputs.minNumeric },
    {
      characters: typeof inputs.overrideSpecial === "string" ? inputs.overrideSpecial : specials,
      wanted: on("special"),
      least: inputs.minSpecial,
    },
  ].filter(({ wanted: isEnabled, characters }) => isEnabled && characters.length > 0);
  const all = groups.map(({ characters }) => characters).join("");
  if (!all) throw new Error("lower, upper, numeric and special are all off: nothing is left to choose from");
  const chosen = groups.flatMap(({ characters, least }) =>
    Array.from({ length: Number(least ?? 0) }, () => pick(characters)),
  );
  if (chosen.length > size) throw new Error(`the minima add up to ${chosen.length}, more than length ${size}`);
  while (chosen.length < size) chosen.push(pick(all));
  return shuffled(chosen).join("");
}

/** A copy in random order, each order as likely as any other. */
function shuffled<T>(items: readonly T[]): T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(randomInt(left.length), 1));
}

function randomWord(wordCount: readonly string[]): string {
  return wordCount[randomInt(wordCount.length)] ?? "";
}

function pick(characters: string): string {
  return characters[randomInt(characters.length)] ?? "";
}

function length(inputs: Record<string, unknown>, name: string): number {
  const value = Number(inputs[name]);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${name} must be a whole number from 1, got ${inputs[name]}`);
  return value;
}

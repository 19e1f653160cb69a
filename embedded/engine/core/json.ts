// Reads and writes JSON without rounding whole numbers: a 64-bit id does not become a double.

declare global {
  interface JSON {
    /** The reviver's context has the text that a value was read from (in V8 since 11.4). */
    parse(
      text: string,
      reviver: (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown,
    ): unknown;
    /** A value that `stringify` writes as the given JSON text. */
    rawJSON(text: string): object;
  }
  interface BigInt {
    toJSON(): object;
  }
}

// `JSON.stringify` throws for a bigint without this, although JSON has whole numbers of any size.
BigInt.prototype.toJSON = function toJSON(this: bigint) {
  return JSON.rawJSON(String(this));
};

/** Sixteen digits where a number may begin: no number of a text without them is rounded. */
const LONG_NUMBER = /[:,[\s]-?\d{16}|^-?\d{16}/;
const WHOLE = /^-?\d+$/;

/**
 * Parses JSON; a whole number that a double can't hold becomes a bigint. No other numbers of the API server change: it stores whole ones
 * in 64 bits and all others as doubles, and writes these as JavaScript does.
 */
export function parseJson(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_, value, { source = "" }) =>
    typeof value === "number" && !Number.isSafeInteger(value) && WHOLE.test(source) ? BigInt(source) : value,
  );
}

/** Whether a text is JSON. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

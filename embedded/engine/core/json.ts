// JSON whose whole numbers keep their value: a 64-bit id is not rounded to a double, read or written.

declare global {
  interface JSON {
    /** With the text that a value was read from (in V8 since 11.4). */
    parse(
      text: string,
      reviver: (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown,
    ): unknown;
    /** A value that is written as the given JSON text. */
    rawJSON(text: string): object;
  }
  interface BigInt {
    toJSON(): object;
  }
}

// JSON has whole numbers of any size; only JavaScript's own writer wouldn't know how to put one down.
BigInt.prototype.toJSON = function toJSON(this: bigint) {
  return JSON.rawJSON(String(this));
};

/** Sixteen digits where a number may begin: without them no number of a text can lose its value. */
const LONG_NUMBER = /[:,[\s]-?\d{16}|^-?\d{16}/;
const WHOLE = /^-?\d+$/;

/**
 * Parses JSON; a whole number that a double can't hold becomes a bigint. The API server has no other numbers that would
 * change: it stores whole ones in 64 bits and all others as doubles, in the same text that JavaScript writes.
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

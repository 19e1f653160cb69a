// Flags of Node.js for small servers that run for months.

/** MiB of half of V8's young generation. With the default of 16 a server of this platform takes a third more memory. */
export const YOUNG_GENERATION = "--max-semi-space-size=2";

// What keys, passwords and tokens look like, wherever they stand: texts that leave the platform are without them.

/** Stands in the place of what is hidden. */
export const CENSOR = "(hidden)";

export const SECRET_FORMS: readonly RegExp[] = [
  // User and password in a URL.
  /(?<=:\/\/)[^\s/@]{1,256}(?=@)/g,
  // JSON Web Tokens, and keys by the beginnings that their services give them.
  /\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g,
  /\b(?:sk|pk|rk|whsec|xox[abprs]|gh[opsur]|glpat|github_pat|AKIA|ASIA|AIza)[-_]?[\w-]{16,}/g,
  /\b(?:Bearer|Basic)\s+[\w.~+/-]{8,}=*/gi,
];

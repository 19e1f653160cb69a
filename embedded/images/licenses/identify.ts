// Identifies the licences in a text, as an SPDX expression, by phrases that only the text of that licence has.

/** The patterns of each licence, all of which its text matches; more specific licences come first. */
const licensePatterns: readonly [license: string, patterns: readonly RegExp[]][] = [
  ["AGPL-3.0-only", [/GNU AFFERO GENERAL PUBLIC LICENSE/i, /Version 3/]],
  ["LGPL-3.0-only", [/GNU LESSER GENERAL PUBLIC LICENSE/i, /Version 3/]],
  ["LGPL-2.1-only", [/GNU LESSER GENERAL PUBLIC LICENSE/i, /Version 2\.1/]],
  ["GPL-3.0-only", [/GNU GENERAL PUBLIC LICENSE/i, /Version 3/]],
  ["GPL-2.0-only", [/GNU GENERAL PUBLIC LICENSE/i, /Version 2/]],
  ["MPL-2.0", [/Mozilla Public License,? (Version|v\.?) ?2\.0/i]],
  ["EPL-2.0", [/Eclipse Public License - v 2\.0/i]],
  ["Apache-2.0", [/Apache License/i, /Version 2\.0|apache\.org\/licenses\/LICENSE-2\.0/]],
  ["CC0-1.0", [/CC0 1\.0 Universal/i]],
  ["Unlicense", [/This is free and unencumbered software/i]],
  ["Zlib", [/This software is provided 'as-is'/i, /altered source versions must be plainly marked/i]],
  [
    "ISC",
    [
      /Permission to use, copy, modify, and(\/or)? distribute this software for any purpose/i,
      /copyright notice and this permission notice appear/i,
    ],
  ],
  ["0BSD", [/Permission to use, copy, modify, and(\/or)? distribute this software for any purpose/i]],
  [
    "BSD-3-Clause",
    [/Redistributions? in binary form must reproduce/i, /Neither the name|names? of .* may (not )?be used to endorse/i],
  ],
  ["BSD-2-Clause", [/Redistributions? in binary form must reproduce/i]],
  ["MIT", [/Permission is hereby granted, free of charge, to any person/i, /included in all copies/i]],
];

/** The licences in the text of a LICENSE file, joined by AND; undefined where it matches none. */
export function identify(text: string): string | undefined {
  const singleLine = text.replace(/^[\s#*/]+/gm, "").replace(/\s+/g, " ");
  const matches = licensePatterns
    .filter(([, patterns]) => patterns.every((pattern) => pattern.test(singleLine)))
    .map(([license]) => license);
  const isGnu = (license: string) => /GPL/.test(license);
  const opening = singleLine.slice(0, 40);
  const licenses = matches.filter((license, i) => {
    // The text of the second licence contains that of the first.
    if (license === "BSD-2-Clause") return !matches.includes("BSD-3-Clause");
    if (license === "0BSD") return !matches.includes("ISC");
    // The texts of GNU's licences mention each other, and other licences mention them. Only the one at the beginning of the text counts,
    // or the most specific one of a text that matches no others.
    if (!isGnu(license)) return true;
    const first = matches.findIndex(
      (candidate) =>
        isGnu(candidate) && licensePatterns.some(([name, [title]]) => name === candidate && title?.test(opening)),
    );
    return first >= 0 ? i === first : matches.every((candidate) => isGnu(candidate)) && i === 0;
  });
  return licenses.length > 0 ? licenses.toSorted().join(" AND ") : undefined;
}

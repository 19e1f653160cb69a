// Identifies the licence of a text as an SPDX expression, by sentences that only that licence has.

/** Patterns that identify a licence, the most specific first: a text must match all patterns of a row. */
const signs: readonly [license: string, words: readonly RegExp[]][] = [
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

/** The licences of a LICENSE file's text, joined by AND; undefined where it has none that is known here. */
export function identify(text: string): string | undefined {
  const flat = text.replace(/^[\s#*/]+/gm, "").replace(/\s+/g, " ");
  const found = signs.filter(([, words]) => words.every((word) => word.test(flat))).map(([license]) => license);
  const has = (license: string) => found.includes(license);
  const gnu = (license: string) => /GPL/.test(license);
  const opening = flat.slice(0, 40);
  const left = found.filter((license, i) => {
    // A family's shorter text is part of its longer one.
    if (license === "BSD-2-Clause") return !has("BSD-3-Clause");
    if (license === "0BSD") return !has("ISC");
    // Licences of GNU name each other, and others name them: the one that the text begins with counts, else the most telling.
    if (!gnu(license)) return true;
    const first = found.findIndex(
      (candidate) => gnu(candidate) && signs.some(([name, [word]]) => name === candidate && word?.test(opening)),
    );
    return first >= 0 ? i === first : found.every((candidate) => gnu(candidate)) && i === 0;
  });
  return left.length > 0 ? left.toSorted().join(" AND ") : undefined;
}

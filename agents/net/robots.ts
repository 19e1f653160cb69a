// Reads robots.txt as RFC 9309 defines it: the group for the agents' name, else the one for all; the longest matching rule wins.

interface Rule {
  allow: boolean;
  path: string;
}

export interface Robots {
  /** Whether a path with its query may be fetched. */
  allows(path: string): boolean;
  /** Seconds between requests that the site asks for; 0 if it asks for none. */
  crawlDelay: number;
}

export const ALLOW_ALL: Robots = { allows: () => true, crawlDelay: 0 };
export const ALLOW_NONE: Robots = { allows: () => false, crawlDelay: 0 };

/** Path of the file, which may always be fetched. */
export const ROBOTS_PATH = "/robots.txt";

/** Bytes of a file that are read; RFC 9309 demands at least 500 KiB. */
export const ROBOTS_BYTES = 512 * 1024;

/** The whole lines within the first {@link ROBOTS_BYTES} of a file. */
export function linesOfRobots(body: Uint8Array): Uint8Array {
  if (body.length <= ROBOTS_BYTES) return body;
  const head = body.subarray(0, ROBOTS_BYTES);
  return head.subarray(0, Math.max(head.lastIndexOf(0x0a), head.lastIndexOf(0x0d)) + 1);
}

/** Parses a robots.txt for the crawler named `agent`. Lines that can't be parsed are skipped, as the RFC requires. */
export function parseRobots(text: string, agent: string): Robots {
  const groups = new Map<string, { rules: Rule[]; delay: number }>();
  let current: { rules: Rule[]; delay: number }[] = [];
  let inRules = false;
  for (const line of text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/)) {
    const match = /^\s*([a-z-]+)\s*:\s*([^#]*)/i.exec(line);
    if (!match) continue;
    const key = (match[1] ?? "").toLowerCase();
    const value = (match[2] ?? "").trim();
    if (key === "user-agent") {
      if (inRules) current = [];
      inRules = false;
      const name = /^\*|^[a-z_-]+/i.exec(value)?.[0].toLowerCase() ?? "";
      const group = groups.get(name) ?? { rules: [], delay: 0 };
      groups.set(name, group);
      current.push(group);
    } else if (key === "allow" || key === "disallow") {
      inRules = true;
      // An empty rule matches nothing.
      if (value.startsWith("/") || value.startsWith("*"))
        for (const group of current) group.rules.push({ allow: key === "allow", path: patternOf(value) });
    } else if (key === "crawl-delay") {
      // Not part of the RFC, so it doesn't end the list of a group's names.
      const delay = Number(value);
      if (delay > 0) for (const group of current) group.delay = delay;
    }
  }
  const group = groups.get(agent.toLowerCase()) ?? groups.get("*");
  if (!group) return ALLOW_ALL;
  return {
    crawlDelay: group.delay,
    allows: (path) => {
      if (path === ROBOTS_PATH) return true;
      const target = normalise(path).replaceAll("*", "%2A").replaceAll("$", "%24");
      let best: Rule = { allow: true, path: "" };
      for (const rule of group.rules) {
        const longer = rule.path.length > best.path.length || (rule.path.length === best.path.length && rule.allow);
        if (longer && matches(rule.path, target)) best = rule;
      }
      return best.allow;
    },
  };
}

/** A rule's path, in which "*" and a final "$" are wildcards, and "%2A" and "%24" stand for the characters themselves. */
function patternOf(value: string): string {
  return normalise(value).replace(/\$(?!$)/g, "%24");
}

/**
 * The same percent-encoding for rules and paths: ASCII is decoded, all else encoded. Encoded characters whose decoding would
 * change the meaning stay: a slash or a question mark in the path, a percent sign, and the wildcards.
 */
function normalise(path: string): string {
  const [route = "", ...query] = path.split("?");
  const rest = query.length > 0 ? `?${encoded(query.join("?"), KEPT_IN_QUERY)}` : "";
  return encoded(route, KEPT_IN_PATH) + rest;
}

const KEPT_IN_QUERY = new Set(["%2A", "%24", "%25"]);
const KEPT_IN_PATH = new Set([...KEPT_IN_QUERY, "%2F", "%3F"]);

function encoded(text: string, preserved: ReadonlySet<string>): string {
  const escaped = (byte: number) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  return text.replace(/%[0-9a-f]{2}|[^!-~]+/gi, (part) => {
    if (!part.startsWith("%")) return [...Buffer.from(part)].map(escaped).join("");
    const char = String.fromCharCode(Number.parseInt(part.slice(1), 16));
    return preserved.has(part.toUpperCase()) || !/[!-~]/.test(char) ? part.toUpperCase() : char;
  });
}

/** Whether a path matches a rule: `*` is any text, a final `$` the end. No regular expression, because patterns are not trusted. */
function matches(pattern: string, path: string): boolean {
  const toEnd = pattern.endsWith("$");
  const [first = "", ...rest] = (toEnd ? pattern.slice(0, -1) : pattern).split("*");
  if (!path.startsWith(first)) return false;
  let position = first.length;
  for (const [i, part] of rest.entries()) {
    if (toEnd && i === rest.length - 1) return path.length - part.length >= position && path.endsWith(part);
    const found = path.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return !toEnd || position === path.length;
}

// robots.txt as RFC 9309 reads it: the group for our name or else for all, the longest rule that matches wins.

interface Rule {
  allow: boolean;
  path: string;
}

export interface Robots {
  /** Whether a path with its query may be fetched. */
  allows(path: string): boolean;
  /** Seconds between requests that the site asks for; 0 if it doesn't. */
  crawlDelay: number;
}

export const ALLOW_ALL: Robots = { allows: () => true, crawlDelay: 0 };
export const ALLOW_NONE: Robots = { allows: () => false, crawlDelay: 0 };

/** Parses a robots.txt for the crawler called `agent`. Lines that make no sense are skipped, as the RFC asks. */
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
        for (const group of current) group.rules.push({ allow: key === "allow", path: normalise(value) });
    } else if (key === "crawl-delay") {
      inRules = true;
      const delay = Number(value);
      if (delay > 0) for (const group of current) group.delay = delay;
    }
  }
  const own = groups.get(agent.toLowerCase()) ?? groups.get("*");
  if (!own) return ALLOW_ALL;
  return {
    crawlDelay: own.delay,
    allows: (path) => {
      const wanted = normalise(path);
      let best: Rule = { allow: true, path: "" };
      for (const rule of own.rules) {
        const longer = rule.path.length > best.path.length || (rule.path.length === best.path.length && rule.allow);
        if (longer && matches(rule.path, wanted)) best = rule;
      }
      return best.allow;
    },
  };
}

/** The same percent-encoding on both sides. */
function normalise(path: string): string {
  try {
    return encodeURI(decodeURI(path));
  } catch {
    return path;
  }
}

/** `*` stands for anything, `$` at the end for the end. No regular expression: patterns come from strangers. */
function matches(pattern: string, path: string): boolean {
  const toEnd = pattern.endsWith("$");
  const [first = "", ...rest] = (toEnd ? pattern.slice(0, -1) : pattern).split("*");
  if (!path.startsWith(first)) return false;
  let at = first.length;
  for (const [i, part] of rest.entries()) {
    if (toEnd && i === rest.length - 1) return path.length - part.length >= at && path.endsWith(part);
    const found = path.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return !toEnd || at === path.length;
}

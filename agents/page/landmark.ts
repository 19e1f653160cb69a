// Landmark roles of elements, by the "ARIA in HTML" recommendation, and their accessible names.
import { clean, cut } from "@agentic/api/text.ts";
import { lineOf } from "./rendered.ts";
import { ancestor, attribute, type Element } from "./tree.ts";

const MAX_NAME = 500;

/** Elements that are, or may be, landmarks. */
export const landmarkTags = new Set("aside footer form header main nav search section".split(" "));

const roles: Record<string, string> = {
  main: "main",
  nav: "navigation",
  aside: "complementary",
  search: "search",
};
const landmarkRoles = new Set("banner complementary contentinfo form main navigation region search".split(" "));
const sectioning = new Set("article aside main nav section".split(" "));

/** The accessible name that the page's author gave an element. */
export function nameOf(element: Element, ids: ReadonlyMap<string, Element>): string {
  const label = attribute(element, "aria-label");
  if (label !== undefined) return cut(clean(label).trim(), MAX_NAME);
  const labelElement = ids.get(attribute(element, "aria-labelledby")?.trim() ?? "");
  return labelElement ? lineOf(labelElement, MAX_NAME) : "";
}

/** The landmark role of an element, if it has one. */
export function landmarkOf(element: Element, ids: ReadonlyMap<string, Element>): string | undefined {
  const role = attribute(element, "role");
  if (role) return landmarkRoles.has(role) ? role : undefined;
  const { tagName } = element;
  if (tagName === "header" || tagName === "footer")
    return ancestor(element, (above) => sectioning.has(above.tagName))
      ? undefined
      : tagName === "header"
        ? "banner"
        : "contentinfo";
  // Forms and sections are landmarks only with a name.
  if (tagName === "form" || tagName === "section")
    return nameOf(element, ids) ? (tagName === "form" ? "form" : "region") : undefined;
  return roles[tagName];
}

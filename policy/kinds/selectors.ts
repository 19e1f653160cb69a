// Label selectors, and whether they choose.
import { either, some } from "../unknown.ts";
import { type Fields, fields, items } from "../values.ts";

/** Labels that the API server puts on everything of a kind. */
const everywhere = new Set(["kubernetes.io/metadata.name"]);

/**
 * Whether a selector picks objects by a label that they have. One that is empty picks all, and one that only says which labels
 * they must not have picks nearly all.
 */
export const selectsByName = (selector: Fields): boolean =>
  either(
    () => some(Object.keys(fields(selector.matchLabels)), (name) => fields(selector.matchLabels)[name] !== undefined),
    () =>
      some(
        items(selector.matchExpressions),
        (one) => one.operator === "In" || (one.operator === "Exists" && !everywhere.has(String(one.key))),
      ),
  );

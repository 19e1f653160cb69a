// Says whether a label selector chooses objects by a label of theirs.
import { anyOf, some } from "../unknown.ts";
import { type Fields, fields, items } from "../values.ts";

/** Labels that the API server puts on every object of a kind. */
const everywhere = new Set(["kubernetes.io/metadata.name"]);

/**
 * Whether a selector picks objects by a label that they have. An empty one picks all, and one that only says which labels
 * they must not have picks nearly all.
 */
export const selectsByName = (selector: Fields): boolean =>
  anyOf(
    () => some(Object.keys(fields(selector.matchLabels)), (name) => fields(selector.matchLabels)[name] !== undefined),
    () =>
      some(
        items(selector.matchExpressions),
        (expression) =>
          expression.operator === "In" || (expression.operator === "Exists" && !everywhere.has(String(expression.key))),
      ),
  );

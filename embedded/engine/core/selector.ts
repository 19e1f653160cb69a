// Whether a label selector selects an object, as Kubernetes has it (metav1.LabelSelectorAsSelector).
import { type LabelSelector, SpecError } from "./types.ts";

/** Whether labels are selected; an empty selector selects all. Throws a SpecError for an operator that there isn't. */
export function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Record<string, string>) {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      switch (operator) {
        case "In":
          return value !== undefined && values.includes(value);
        case "NotIn":
          return value === undefined || !values.includes(value);
        case "Exists":
          return value !== undefined;
        case "DoesNotExist":
          return value === undefined;
        default:
          throw new SpecError(`${JSON.stringify(operator)} is not a valid label selector operator`);
      }
    })
  );
}

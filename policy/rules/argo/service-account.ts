// Workflows must run as an account of their own, and their steps must get no token.
import { workflowRule } from "../../kinds/workflows.ts";
import { independently } from "../../unknown.ts";
import { isText } from "../../values.ts";

export const workflowAccount = workflowRule({
  name: "workflow-service-account",
  severity: "high",
  description: "Workflows run as an account of their own, and their steps get no API token.",
  remedy: "Set serviceAccountName, automountServiceAccountToken: false and executor.serviceAccountName.",
  check: ({ spec, path, isReference }, report) => {
    if (isReference) return;
    independently(
      () => {
        if (!isText(spec.serviceAccountName) || spec.serviceAccountName === "default")
          report(`${path}.serviceAccountName`, "its pods run as the default account", "name an account of its own");
      },
      () => {
        if (spec.automountServiceAccountToken !== false)
          report(
            `${path}.automountServiceAccountToken`,
            "every step gets an API token",
            "set false, with an executor's account",
          );
      },
    );
  },
});

// Environment variables must contain no secrets in clear text.
import { fieldPath } from "../../kinds/pod.ts";
import { holdsSecret, secretRule } from "../../kinds/secrets.ts";
import { each, textOf } from "../../unknown.ts";
import { isText, items } from "../../values.ts";

export const clearEnvironment = secretRule({
  name: "secrets-in-clear",
  severity: "critical",
  description: "No environment variable holds a secret in clear text.",
  remedy: "Keep the value in a Secret, mount it as a file, and name the file.",
  check: (container, report) =>
    each(items(container.container.env), (variable) => {
      const { value } = variable;
      if (isText(value) && holdsSecret(() => String(variable.name), value))
        report(
          `${fieldPath(container, "env")} (${textOf(() => variable.name)})`,
          "it looks like a secret in clear text",
          "mount the Secret as a file and name that",
        );
    }),
});

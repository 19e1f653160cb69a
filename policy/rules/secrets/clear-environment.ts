// A secret that stands in the program is everybody's.
import { isTelling, looksSecret, secretRule } from "../../kinds/secrets.ts";
import { isText, items } from "../../values.ts";

export const clearEnvironment = secretRule(
  {
    name: "secrets-in-clear",
    severity: "critical",
    description: "No environment holds a secret in clear.",
    remedy: "Keep the value in a Secret, mount it as a file, and name the file.",
  },
  ({ containers }, report) => {
    for (const { path, container } of containers)
      for (const { name, value } of items(container.env))
        if (isText(value) && !value.startsWith("{{") && (isTelling(String(name)) || looksSecret(value)))
          report(
            `${path}.env (${name})`,
            "it looks like a secret in clear",
            "mount the Secret as a file and name that",
          );
  },
);

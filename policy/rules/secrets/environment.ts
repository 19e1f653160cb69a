// Secrets must be mounted as files, because environments are printed, inherited and kept in crash reports.
import { secretRule } from "../../kinds/secrets.ts";
import { each, independently, textOf } from "../../unknown.ts";
import { fields, items } from "../../values.ts";

const right = "mount the Secret as a file and name that";

export const environment = secretRule({
  name: "secrets-in-environment",
  severity: "high",
  description: "No container gets a Secret as an environment variable.",
  remedy: "Mount the Secret as a file and let the program read that.",
  settings: {
    containers: {
      type: "array",
      items: { type: "string" },
      // Their upstream images read their secret from nowhere else.
      default: ["browserless", "litellm"],
      description: "Names of containers whose program can read its secret only from the environment.",
    },
  },
  check: ({ path, container }, report, { setting }) =>
    independently(
      () =>
        each(items(container.env), (variable) => {
          if (
            fields(variable.valueFrom).secretKeyRef &&
            !setting<string[]>("containers").includes(String(container.name))
          )
            report(`${path}.env (${textOf(() => variable.name)})`, "a secret in the environment", right);
        }),
      () =>
        each(items(container.envFrom), ({ secretRef }) => {
          if (secretRef)
            report(`${path}.envFrom`, `Secret ${textOf(() => fields(secretRef).name)} in the environment`, right);
        }),
    ),
});

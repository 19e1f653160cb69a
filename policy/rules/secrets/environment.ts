// Secrets must be mounted as files, because environments are printed, inherited and kept in crash reports.
import { fieldPath } from "../../kinds/pod.ts";
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
  check: (place, report, { setting }) =>
    independently(
      () =>
        each(items(place.container.env), (variable) => {
          if (
            fields(variable.valueFrom).secretKeyRef &&
            !setting<string[]>("containers").includes(String(place.container.name))
          )
            report(`${fieldPath(place, "env")} (${textOf(() => variable.name)})`, "a secret in the environment", right);
        }),
      () =>
        each(items(place.container.envFrom), ({ secretRef }) => {
          if (secretRef)
            report(
              fieldPath(place, "envFrom"),
              `Secret ${textOf(() => fields(secretRef).name)} in the environment`,
              right,
            );
        }),
    ),
});

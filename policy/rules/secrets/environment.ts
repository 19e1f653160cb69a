// Secrets come as files: an environment is printed, inherited and kept in crash reports.
import { secretRule } from "../../kinds/secrets.ts";
import { fields, items } from "../../values.ts";

const right = "mount the Secret as a file and name that";

export const environment = secretRule(
  {
    name: "secrets-in-environment",
    severity: "high",
    description: "No container takes a Secret by its environment.",
    remedy: "Mount the Secret as a file and let the program read that.",
    settings: {
      containers: {
        type: "array",
        items: { type: "string" },
        // Their upstream images read their secret from nowhere else.
        default: ["browserless", "litellm"],
        description: "Names of containers whose program reads its secret from nowhere else.",
      },
    },
  },
  ({ containers }, report, { setting }) => {
    const excepted = setting<string[]>("containers");
    for (const { path, container } of containers) {
      if (!excepted.includes(String(container.name)))
        for (const { name, valueFrom } of items(container.env))
          if (fields(valueFrom).secretKeyRef) report(`${path}.env (${name})`, "a secret in the environment", right);
      for (const { secretRef } of items(container.envFrom))
        if (secretRef) report(`${path}.envFrom`, `Secret ${fields(secretRef).name} in the environment`, right);
    }
  },
);

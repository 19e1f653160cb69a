// Secrets come as files: an environment is printed, inherited and kept in crash reports.
import { containersOf, fields, items, objectRule, podOf, say } from "../objects.ts";

const telling =
  /(^|[._-])(password|passwd|secret|token|api[._-]?key|secret[._-]?key|access[._-]?key|private[._-]?key)$/i;
const file = "mount the Secret as a file and name that";

/** Containers whose upstream images read their secret from nowhere else. */
const takers = ["browserless", "litellm"];

export const secretsInClear = objectRule(
  "secrets-in-clear",
  "Secrets are neither in environments nor in ConfigMaps.",
  (object, report, args) => {
    const { except = takers } = args.getConfig<{ except?: string[] }>() ?? {};
    if (object.kind === "ConfigMap")
      for (const name of Object.keys(fields(object.data)))
        if (telling.test(name)) report(say(`data["${name}"]`, "everyone may read a ConfigMap", "keep it in a Secret"));
    const pod = podOf(object);
    if (!pod) return;
    for (const { path, container } of containersOf(pod)) {
      for (const { name, value, valueFrom } of items(container.env)) {
        const at = `${path}.env (${name})`;
        if (fields(valueFrom).secretKeyRef && !except.includes(String(container.name)))
          report(say(at, "a secret in the environment", file));
        if (telling.test(String(name)) && typeof value === "string" && value !== "")
          report(say(at, "it looks like a secret in clear", file));
      }
      for (const { secretRef } of items(container.envFrom))
        if (secretRef) report(say(`${path}.envFrom`, `Secret ${fields(secretRef).name} in the environment`, file));
    }
  },
  { properties: { except: { type: "array", items: { type: "string" }, default: takers } } },
);

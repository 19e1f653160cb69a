// Commands and arguments must contain no secrets, because anybody who lists processes sees them.
import { fieldPath } from "../../kinds/pod.ts";
import { isSecretName, looksSecret, secretRule } from "../../kinds/secrets.ts";
import { each } from "../../unknown.ts";
import { texts } from "../../values.ts";

export const commandArguments = secretRule({
  name: "secrets-in-arguments",
  severity: "critical",
  description: "No command or argument holds a secret.",
  remedy: "Give the path of a mounted Secret's file instead.",
  check: (container, report) =>
    each(["command", "args"], (list) => {
      const words = texts(container.container[list]);
      each(words, (word, i) => {
        // --password=x, or --password and then x.
        const [, flag = "", value] = /^--?([\w.-]+)(?:=(.*))?$/s.exec(word) ?? [];
        const isGiven = () => {
          const text = value ?? words[i + 1];
          return !!text && !/^[-/]|^(true|false)$/.test(text);
        };
        if (looksSecret(word) || (isSecretName(flag) && isGiven()))
          report(
            `${fieldPath(container, list)}[${i}]`,
            "it looks like a secret in clear text",
            "give the path of a mounted Secret's file",
          );
      });
    }),
});

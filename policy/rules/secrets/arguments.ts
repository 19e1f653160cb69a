// Arguments are seen by whoever lists the node's processes.
import { isTelling, looksSecret, secretRule } from "../../kinds/secrets.ts";
import { texts } from "../../values.ts";

export const commandArguments = secretRule(
  {
    name: "secrets-in-arguments",
    severity: "critical",
    description: "No command or argument holds a secret.",
    remedy: "Give the path of a mounted Secret's file instead.",
  },
  ({ containers }, report) => {
    for (const { path, container } of containers)
      for (const list of ["command", "args"]) {
        const words = texts(container[list]);
        for (const [i, word] of words.entries()) {
          // --password=x, or --password and then x.
          const [, flag = "", value] = /^--?([\w.-]+)(?:=(.*))?$/s.exec(word) ?? [];
          const given = value ?? words[i + 1];
          const telling = isTelling(flag) && !!given && !/^[-/]|^(true|false)$/.test(given);
          if (telling || looksSecret(word))
            report(
              `${path}.${list}[${i}]`,
              "it looks like a secret in clear",
              "give the path of a mounted Secret's file",
            );
        }
      }
  },
);

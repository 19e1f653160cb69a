// Containers must not wait for a terminal.
import { containerRule } from "../../kinds/pods.ts";
import { each } from "../../unknown.ts";
import { isOn } from "../../values.ts";

export const interactive = containerRule({
  name: "interactive",
  severity: "low",
  description:
    "Containers keep neither standard input nor a terminal open, through which somebody could attach to them.",
  remedy: "Leave stdin and tty out.",
  check: ({ path, container }, report) =>
    each(["stdin", "tty"], (name) => {
      if (isOn(container[name]))
        report(`${path}.${name}`, "whoever may attach to the pod can type into it", "leave it out");
    }),
});

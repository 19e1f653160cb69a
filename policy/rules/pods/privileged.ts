// Containers must not be privileged.
import { containerRule, setContext } from "../../kinds/pods.ts";
import { fields, isOn } from "../../values.ts";

export const privileged = containerRule({
  name: "privileged",
  severity: "critical",
  description: "Containers are not privileged.",
  remedy: "Leave privileged out and add the one capability that is needed, if any.",
  check: ({ container, path }, report) => {
    if (isOn(fields(container.securityContext).privileged))
      report(`${path}.securityContext.privileged`, "the container is root on the node", "leave it out");
  },
  fix: (container) =>
    isOn(fields(container.container.securityContext).privileged) && setContext(container, "privileged", false),
});

// No container is the node's root.
import { containerRule, setContext } from "../../kinds/pods.ts";
import { fields } from "../../values.ts";

export const privileged = containerRule(
  {
    name: "privileged",
    severity: "critical",
    description: "Containers are not privileged.",
    remedy: "Leave privileged out and add the one capability that is needed, if any.",
  },
  ({ container, path }, report) => {
    if (fields(container.securityContext).privileged === true)
      report(`${path}.securityContext.privileged`, "the container is root on the node", "leave it out");
  },
  (container) =>
    fields(container.container.securityContext).privileged === true && setContext(container, "privileged", false),
);

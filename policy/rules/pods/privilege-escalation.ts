// Processes must not gain more privileges than their parent.
import { containerRule, isOfWindows, setContext } from "../../kinds/pods.ts";
import { fields } from "../../values.ts";

export const privilegeEscalation = containerRule({
  name: "privilege-escalation",
  severity: "high",
  description: "Processes can't get more privileges than their parent has.",
  remedy: "Set securityContext.allowPrivilegeEscalation to false.",
  exempts: isOfWindows,
  check: ({ container, path }, report) => {
    if (fields(container.securityContext).allowPrivilegeEscalation !== false)
      report(`${path}.securityContext.allowPrivilegeEscalation`, "setuid programs may raise privileges", "set false");
  },
  fix: (container) => setContext(container, "allowPrivilegeEscalation", false),
});

// System calls go through the runtime's filter.
import { containerRule } from "../../kinds/pods.ts";
import { fields } from "../../values.ts";

export const seccomp = containerRule(
  {
    name: "seccomp",
    severity: "high",
    description: "System calls are filtered by the runtime's profile or one of the node's.",
    remedy: "Set securityContext.seccompProfile.type to RuntimeDefault on the pod.",
  },
  ({ container, path }, report, _, { spec }) => {
    const profile = fields(container.securityContext).seccompProfile ?? fields(spec.securityContext).seccompProfile;
    const type = fields(profile).type;
    if (type !== "RuntimeDefault" && type !== "Localhost")
      report(`${path}.securityContext.seccompProfile.type`, "system calls are not filtered", "set RuntimeDefault");
  },
  ({ container }, _, { spec }) => {
    const good = (context: unknown) =>
      ["RuntimeDefault", "Localhost"].includes(String(fields(fields(context).seccompProfile).type));
    const own = fields(container.securityContext);
    if (own.seccompProfile === undefined ? good(spec.securityContext) : good(own)) return false;
    container.securityContext = { ...own, seccompProfile: { type: "RuntimeDefault" } };
    return true;
  },
);

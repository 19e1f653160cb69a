// Nobody is root inside a container either.
import { containerRule } from "../../kinds/pods.ts";
import { fields } from "../../values.ts";

export const runAsNonRoot = containerRule(
  {
    name: "run-as-non-root",
    severity: "high",
    description: "Containers say that they don't run as root, and their user isn't 0.",
    remedy: "Set runAsNonRoot to true on the pod, with a runAsUser above 0.",
  },
  ({ container, path }, report, _, { spec, path: podPath }) => {
    const shared = fields(spec.securityContext);
    const own = fields(container.securityContext);
    if ((own.runAsNonRoot ?? shared.runAsNonRoot) !== true)
      report(
        `${path}.securityContext.runAsNonRoot`,
        "the container may run as root",
        `set true, here or on ${podPath}`,
      );
    if ((own.runAsUser ?? shared.runAsUser) === 0)
      report(`${path}.securityContext.runAsUser`, "0 is root", "give a user id above 0");
  },
  ({ container }, _, { spec }) => {
    const shared = fields(spec.securityContext);
    const own = fields(container.securityContext);
    if ((own.runAsNonRoot ?? shared.runAsNonRoot) === true) return false;
    container.securityContext = { ...own, runAsNonRoot: true };
    return true;
  },
);

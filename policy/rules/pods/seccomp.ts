// System calls must be filtered by a seccomp profile.
import type { Container, Pod } from "../../kinds/pod.ts";
import { containerRule, inEffect, setContext } from "../../kinds/pods.ts";
import { fields } from "../../values.ts";

const good = new Set(["RuntimeDefault", "Localhost"]);
const isFiltered = (container: Container, pod: Pod) =>
  good.has(String(fields(inEffect("seccompProfile", container, pod)).type));

export const seccomp = containerRule(
  {
    name: "seccomp",
    severity: "high",
    description: "System calls are filtered by the runtime's profile or one on the node.",
    remedy: "Set securityContext.seccompProfile.type to RuntimeDefault on the pod.",
  },
  (container, report, _, pod) => {
    if (!isFiltered(container, pod))
      report(
        `${container.path}.securityContext.seccompProfile.type`,
        "system calls are not filtered",
        "set RuntimeDefault",
      );
  },
  (container, _, pod) =>
    !isFiltered(container, pod) && setContext(container, "seccompProfile", { type: "RuntimeDefault" }),
);

// System calls must be filtered by a seccomp profile.
import type { Container, Pod } from "../../kinds/pod.ts";
import { inEffect, isOfWindows, podRule, setContext } from "../../kinds/pods.ts";
import { changed, each, independently } from "../../unknown.ts";
import { fields } from "../../values.ts";

const good = new Set(["RuntimeDefault", "Localhost"]);
const isFiltered = (container: Container, pod: Pod) =>
  good.has(String(fields(inEffect("seccompProfile", container, pod)).type));

/** Pod Security refuses a pod's own bad profile even where each container has a better one. */
const isSwitchedOff = ({ ownSecurity }: Pod) => {
  const { seccompProfile } = ownSecurity;
  return seccompProfile !== undefined && seccompProfile !== null && !good.has(String(fields(seccompProfile).type));
};

export const seccomp = podRule({
  name: "seccomp",
  severity: "high",
  description: "System calls are filtered by the runtime's profile or one on the node.",
  remedy: "Set securityContext.seccompProfile.type to RuntimeDefault on the pod.",
  exempts: isOfWindows,
  check: (pod, report) => {
    const unfiltered = (path: string) =>
      report(`${path}.seccompProfile.type`, "system calls are not filtered", "set RuntimeDefault");
    independently(
      () => {
        if (isSwitchedOff(pod)) unfiltered(pod.securityPath);
      },
      () =>
        each(pod.containers, (container) => {
          if (!isFiltered(container, pod)) unfiltered(`${container.path}.securityContext`);
        }),
    );
  },
  fix: (pod) => {
    const ofPod = changed([pod], ({ ownSecurity }) => {
      if (!isSwitchedOff(pod)) return false;
      ownSecurity.seccompProfile = { type: "RuntimeDefault" };
      return true;
    });
    const ofContainers = changed(
      pod.containers,
      (container) => !isFiltered(container, pod) && setContext(container, "seccompProfile", { type: "RuntimeDefault" }),
    );
    return ofPod || ofContainers;
  },
});

// Containers must not run as root.
import { hasOwnUsers, inEffect, podRule, setContext } from "../../kinds/pods.ts";
import { changed, each, independently } from "../../unknown.ts";
import { isText } from "../../values.ts";

const isRoot = (user: unknown) => (isText(user) || typeof user === "number") && Number(user) === 0;

export const runAsNonRoot = podRule({
  name: "run-as-non-root",
  severity: "high",
  description:
    "Containers say that they don't run as root, and their user isn't 0, unless the pod has users of its own (hostUsers is false).",
  remedy: "Set runAsNonRoot to true on the pod, with a runAsUser above 0.",
  exempts: hasOwnUsers,
  check: (pod, report) =>
    independently(
      // Pod Security refuses what the pod says of itself even where each container says better.
      () => {
        if (pod.ownSecurity.runAsNonRoot === false)
          report(`${pod.securityPath}.runAsNonRoot`, "its containers may run as root", "set true");
      },
      () => {
        if (isRoot(pod.ownSecurity.runAsUser))
          report(`${pod.securityPath}.runAsUser`, "user 0 is root", "give a user id above 0");
      },
      () =>
        each(pod.containers, (container) => {
          const where = `${container.path}.securityContext`;
          independently(
            () => {
              if (inEffect("runAsNonRoot", container, pod) !== true)
                report(`${where}.runAsNonRoot`, "the container may run as root", `set true, here or on ${pod.path}`);
            },
            () => {
              if (isRoot(inEffect("runAsUser", container, pod)))
                report(`${where}.runAsUser`, "user 0 is root", "give a user id above 0");
            },
          );
        }),
    ),
  fix: (pod) => {
    const ofPod = changed([pod], ({ ownSecurity: context }) => {
      if (context.runAsNonRoot !== false) return false;
      context.runAsNonRoot = true;
      return true;
    });
    const ofContainers = changed(
      pod.containers,
      (container) => inEffect("runAsNonRoot", container, pod) !== true && setContext(container, "runAsNonRoot", true),
    );
    return ofPod || ofContainers;
  },
});

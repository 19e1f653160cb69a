// Containers must not run as root.
import { containerRule, inEffect, setContext } from "../../kinds/pods.ts";
import { independently } from "../../unknown.ts";
import { isText } from "../../values.ts";

export const runAsNonRoot = containerRule(
  {
    name: "run-as-non-root",
    severity: "high",
    description: "Containers say that they don't run as root, and their user isn't 0.",
    remedy: "Set runAsNonRoot to true on the pod, with a runAsUser above 0.",
  },
  (container, report, _, pod) => {
    const where = `${container.path}.securityContext`;
    independently(
      () => {
        if (inEffect("runAsNonRoot", container, pod) !== true)
          report(`${where}.runAsNonRoot`, "the container may run as root", `set true, here or on ${pod.path}`);
      },
      () => {
        const user = inEffect("runAsUser", container, pod);
        if (isText(user) || typeof user === "number")
          if (Number(user) === 0) report(`${where}.runAsUser`, "user 0 is root", "give a user id above 0");
      },
    );
  },
  (container, _, pod) =>
    inEffect("runAsNonRoot", container, pod) !== true && setContext(container, "runAsNonRoot", true),
);

// Only who talks to the API server gets a token for it.
import { objectRule, podOf, say } from "../objects.ts";

export const serviceAccountTokens = objectRule(
  "service-account-tokens",
  "Pods have no API token unless they run as a service account of their own.",
  (object, report) => {
    const pod = podOf(object);
    if (!pod) return;
    const { serviceAccountName, automountServiceAccountToken } = pod.spec;
    const own = typeof serviceAccountName === "string" && serviceAccountName !== "" && serviceAccountName !== "default";
    if (automountServiceAccountToken === false || own) return;
    report(
      say(
        `${pod.path}.automountServiceAccountToken`,
        "the pod gets the default service account's token",
        "set false, or run it as a service account of its own",
      ),
    );
  },
);

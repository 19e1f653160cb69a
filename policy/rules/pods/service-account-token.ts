// Pods must have no API token unless they need one.
import { podRule } from "../../kinds/pods.ts";
import { type Fields, isOn, isText } from "../../values.ts";

/** Whether a pod runs as an account that isn't the namespace's default; `serviceAccount` is its older name. */
function hasOwnAccount(spec: Fields): boolean {
  const name = spec.serviceAccountName ?? spec.serviceAccount;
  return isText(name) && name !== "default";
}

export const serviceAccountToken = podRule({
  name: "service-account-token",
  severity: "high",
  description: "Pods have no API token unless they ask for it and run as a service account of their own.",
  remedy: "Set automountServiceAccountToken to false, or to true with a service account of the pod's own.",
  check: ({ spec, path, partial }, report) => {
    const token = spec.automountServiceAccountToken;
    if (token === false) return;
    const isMounted = isOn(token);
    if (!isMounted && partial) return;
    if (isMounted && hasOwnAccount(spec)) return;
    report(
      `${path}.automountServiceAccountToken`,
      isMounted ? "the pod gets the default service account's token" : "it is left open whether the pod gets a token",
      "set false, or true with a service account of its own",
    );
  },
  fix: ({ spec, partial }) => {
    if (spec.automountServiceAccountToken === false || partial || hasOwnAccount(spec)) return false;
    spec.automountServiceAccountToken = false;
    return true;
  },
});

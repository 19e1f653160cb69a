// Only who talks to the API server gets a token for it.
import { podRule } from "../../kinds/pods.ts";
import { isText } from "../../values.ts";

const hasOwn = (name: unknown) => isText(name) && name !== "default";

export const serviceAccountToken = podRule(
  {
    name: "service-account-token",
    severity: "high",
    description: "Pods have no API token unless they ask for it and run as a service account of their own.",
    remedy: "Set automountServiceAccountToken to false, or to true with a service account of the pod's own.",
  },
  ({ spec, path }, report) => {
    const { serviceAccountName, automountServiceAccountToken: token } = spec;
    if (token === false || (token === true && hasOwn(serviceAccountName))) return;
    report(
      `${path}.automountServiceAccountToken`,
      token === true
        ? "the pod gets the default service account's token"
        : "it is left open whether the pod gets a token",
      "set false, or true with a service account of its own",
    );
  },
  ({ spec }) => {
    if (spec.automountServiceAccountToken === false || hasOwn(spec.serviceAccountName)) return false;
    spec.automountServiceAccountToken = false;
    return true;
  },
);

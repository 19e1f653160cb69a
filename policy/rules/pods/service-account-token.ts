// Pods must have no API token unless they need one.
import { podRule } from "../../kinds/pods.ts";
import { allOf, each, independently } from "../../unknown.ts";
import { at, type Fields, fields, isOn, isText, items } from "../../values.ts";

/** Whether a pod runs as an account that isn't the namespace's default; `serviceAccount` is its older name. */
function hasOwnAccount(spec: Fields): boolean {
  const name = spec.serviceAccountName ?? spec.serviceAccount;
  return isText(name) && name !== "default";
}

/** Whether a token that a volume mounts is for the API server: one for another audience is of no use there. */
const isForApi = (token: unknown): boolean => token !== undefined && token !== null && !isText(fields(token).audience);

export const serviceAccountToken = podRule({
  name: "service-account-token",
  severity: "high",
  description: "Pods have no API token unless they ask for it and run as a service account of their own.",
  remedy: "Set automountServiceAccountToken to false, or to true with a service account of the pod's own.",
  check: ({ spec, path, partial }, report) =>
    independently(
      () => {
        const token = spec.automountServiceAccountToken;
        if (token === false) return;
        const isMounted = isOn(token);
        if (!isMounted && partial) return;
        if (isMounted && hasOwnAccount(spec)) return;
        report(
          `${path}.automountServiceAccountToken`,
          isMounted
            ? "the pod gets the default service account's token"
            : "it is left open whether the pod gets a token",
          "set false, or true with a service account of its own",
        );
      },
      () =>
        each(items(spec.volumes), (volume, i) =>
          each(items(at(volume, "projected", "sources")), (source, j) => {
            const isOpen = allOf(
              () => !partial,
              () => isForApi(source.serviceAccountToken),
              () => !hasOwnAccount(spec),
            );
            if (isOpen)
              report(
                `${path}.volumes[${i}].projected.sources[${j}].serviceAccountToken`,
                "the pod gets the default service account's token",
                "leave it out, or run as a service account of its own",
              );
          }),
        ),
    ),
  fix: ({ spec, partial }) => {
    if (spec.automountServiceAccountToken === false || partial || hasOwnAccount(spec)) return false;
    spec.automountServiceAccountToken = false;
    return true;
  },
});

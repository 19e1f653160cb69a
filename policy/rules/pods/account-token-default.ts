// Service accounts must give their token only to pods that ask for it.
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { objectRule } from "../../kinds/nested.ts";
import { type KubeObject, reasonOf } from "../../kinds/objects.ts";
import { allOf } from "../../unknown.ts";

const isOpen = (account: KubeObject) =>
  allOf(
    () => account.automountServiceAccountToken !== false,
    () => !reasonOf(account, ANNOTATIONS.token),
  );

export const accountTokenDefault = objectRule({
  name: "account-token-default",
  area: "pods",
  kinds: ["ServiceAccount"],
  severity: "medium",
  description: `Service accounts give their token to no pod that doesn't ask for it, unless the annotation ${ANNOTATIONS.token} says why.`,
  remedy: `Set automountServiceAccountToken to false on the account and true on the pods that need it; where a controller makes them, say why in ${ANNOTATIONS.token}.`,
  check: (account, report) => {
    if (isOpen(account))
      report(
        "automountServiceAccountToken",
        "every pod of the account gets its token",
        "set false, and true on the pod",
      );
  },
  fix: (account) => {
    if (!isOpen(account)) return false;
    account.automountServiceAccountToken = false;
    return true;
  },
});

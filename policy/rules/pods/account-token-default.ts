// A service account gives its token only to pods that ask.
import { objectRule } from "../../kinds/objects.ts";

export const accountTokenDefault = objectRule(
  "pods",
  ["ServiceAccount"],
  {
    name: "account-token-default",
    severity: "medium",
    description: "Service accounts give their token to no pod that doesn't ask for it.",
    remedy: "Set automountServiceAccountToken to false on the account, and true on the pods that need it.",
  },
  (account, report) => {
    if (account.automountServiceAccountToken !== false)
      report(
        "automountServiceAccountToken",
        "every pod of the account gets its token",
        "set false, and true on the pod",
      );
  },
  (account) => {
    if (account.automountServiceAccountToken === false) return false;
    account.automountServiceAccountToken = false;
    return true;
  },
);

// The kernel's privileges are dropped, all of them.
import { containerRule, setContext } from "../../kinds/pods.ts";
import { at, fields, texts } from "../../values.ts";

/** The one that Pod Security restricted lets containers keep. */
const allowed = "NET_BIND_SERVICE";

export const capabilities = containerRule(
  {
    name: "capabilities",
    severity: "high",
    description: "Containers drop all capabilities and add at most NET_BIND_SERVICE.",
    remedy: "Set capabilities.drop to [ALL] and leave add out.",
  },
  ({ container, path }, report) => {
    const given = at(container, "securityContext", "capabilities");
    const where = `${path}.securityContext.capabilities`;
    if (!texts(fields(given).drop).includes("ALL")) report(`${where}.drop`, "capabilities are left", "set [ALL]");
    const added = texts(fields(given).add).filter((one) => one !== allowed);
    if (added.length > 0)
      report(`${where}.add`, `${added.join(", ")} are added`, `leave them out: only ${allowed} may be`);
  },
  (container) => {
    const given = fields(at(container.container, "securityContext", "capabilities"));
    // What is added by hand is needed by somebody: only its owner can take it away.
    const add = texts(given.add);
    return setContext(container, "capabilities", { drop: ["ALL"], ...(add.length > 0 ? { add } : {}) });
  },
);

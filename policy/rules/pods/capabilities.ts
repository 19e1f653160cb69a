// Containers must drop all Linux capabilities.
import { containerRule, isOfWindows, setContext } from "../../kinds/pods.ts";
import { gather, includes, independently } from "../../unknown.ts";
import { at, type Fields, fields, texts } from "../../values.ts";

/** The one that Pod Security restricted lets containers keep. */
const allowed = "NET_BIND_SERVICE";

const addedBy = ({ add }: Fields) => gather(texts(add), (capability) => (capability === allowed ? [] : [capability]));

export const capabilities = containerRule({
  name: "capabilities",
  severity: "high",
  description: "Containers drop all capabilities and add at most NET_BIND_SERVICE.",
  remedy: "Set capabilities.drop to [ALL] and leave add out.",
  exempts: isOfWindows,
  check: ({ container, path }, report) => {
    const capabilities = () => fields(at(container, "securityContext", "capabilities"));
    const where = `${path}.securityContext.capabilities`;
    independently(
      () => {
        if (!includes(texts(capabilities().drop), "ALL"))
          report(`${where}.drop`, "the container keeps capabilities", "set [ALL]");
      },
      () => {
        const added = addedBy(capabilities());
        if (added.length > 0)
          report(`${where}.add`, `${added.join(", ")} are added`, `leave them out: only ${allowed} may be`);
      },
    );
  },
  fix: (container) => {
    const capabilities = fields(at(container.container, "securityContext", "capabilities"));
    if (includes(texts(capabilities.drop), "ALL")) return false;
    if (Object.keys(capabilities).length === 0) return setContext(container, "capabilities", { drop: ["ALL"] });
    // What is added by hand is needed by somebody: only its owner can take it away.
    capabilities.drop = ["ALL"];
    return true;
  },
});

// Containers must drop all Linux capabilities.
import { containerRule, setContext } from "../../kinds/pods.ts";
import { apart, gather, includes } from "../../unknown.ts";
import { at, type Fields, fields, texts } from "../../values.ts";

/** The one that Pod Security restricted lets containers keep. */
const allowed = "NET_BIND_SERVICE";

const addedBy = ({ add }: Fields) => gather(texts(add), (one) => (one === allowed ? [] : [one]));

export const capabilities = containerRule(
  {
    name: "capabilities",
    severity: "high",
    description: "Containers drop all capabilities and add at most NET_BIND_SERVICE.",
    remedy: "Set capabilities.drop to [ALL] and leave add out.",
  },
  ({ container, path }, report) => {
    const given = () => fields(at(container, "securityContext", "capabilities"));
    const where = `${path}.securityContext.capabilities`;
    apart(
      () => {
        if (!includes(texts(given().drop), "ALL"))
          report(`${where}.drop`, "the container keeps capabilities", "set [ALL]");
      },
      () => {
        const added = addedBy(given());
        if (added.length > 0)
          report(`${where}.add`, `${added.join(", ")} are added`, `leave them out: only ${allowed} may be`);
      },
    );
  },
  (one) => {
    const given = fields(at(one.container, "securityContext", "capabilities"));
    if (includes(texts(given.drop), "ALL")) return false;
    if (Object.keys(given).length === 0) return setContext(one, "capabilities", { drop: ["ALL"] });
    // What is added by hand is needed by somebody: only its owner can take it away.
    given.drop = ["ALL"];
    return true;
  },
);

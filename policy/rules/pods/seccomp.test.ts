import { context, deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { seccomp } from "./seccomp.ts";

const own = (type: string) => deployment({}, { securityContext: { ...context, seccompProfile: { type } } });

table(seccomp, {
  passes: { "the runtime's": deployment(), "one of the node's": own("Localhost") },
  violates: {
    none: [deployment({ securityContext: {} }), "seccompProfile.type"],
    "none by the pod's own word, though the container has one": [
      deployment(
        { securityContext: { seccompProfile: { type: "Unconfined" } } },
        { securityContext: { ...context, seccompProfile: { type: "RuntimeDefault" } } },
      ),
      "spec.template.spec.securityContext.seccompProfile.type",
    ],
    "none by the container's own word": [own("Unconfined"), "set RuntimeDefault"],
  },
});

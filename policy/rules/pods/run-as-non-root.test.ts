// What policy run-as-non-root lets pass, and what violates it.
import { context, deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { runAsNonRoot } from "./run-as-non-root.ts";

table(runAsNonRoot, {
  passes: {
    "what the pod says": deployment(),
    "root of users of its own": deployment({ hostUsers: false, securityContext: { runAsUser: 0 } }),
    "what the container says": deployment(
      { securityContext: {} },
      { securityContext: { ...context, runAsNonRoot: true, runAsUser: 1000 } },
    ),
  },
  violates: {
    "root of the node's users": [deployment({ hostUsers: true, securityContext: {} }), "runAsNonRoot"],
    "root by default": [deployment({ securityContext: {} }), "runAsNonRoot"],
    "root by the container's own word": [
      deployment({}, { securityContext: { ...context, runAsNonRoot: false } }),
      "the container may run as root",
    ],
    "root by the pod's own word, though its container says otherwise": [
      deployment(
        { securityContext: { runAsNonRoot: false, runAsUser: 0 } },
        { securityContext: { ...context, runAsNonRoot: true, runAsUser: 1000 } },
      ),
      "spec.template.spec.securityContext.runAsNonRoot",
      "spec.template.spec.securityContext.runAsUser",
    ],
    "root by number": [deployment({}, { securityContext: { ...context, runAsUser: 0 } }), "user 0 is root"],
  },
  unfixable: ["root by number", "root by the pod's own word, though its container says otherwise"],
});

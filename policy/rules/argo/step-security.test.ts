import { context, step, workflow } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { stepSecurity } from "./step-security.ts";

const securityContext = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
const own = (more: object) =>
  workflow({ securityContext, templates: [step({}, { securityContext: { ...context, ...more } })] });

table(stepSecurity, {
  passes: { "what the workflow says": workflow({ securityContext }), "what the step says": own(securityContext) },
  violates: {
    "nothing said": [workflow(), "(step).container.securityContext.runAsNonRoot", "seccompProfile.type"],
    "more rights": [
      own({ privileged: true, allowPrivilegeEscalation: true, capabilities: {}, readOnlyRootFilesystem: false }),
      "privileged",
      "allowPrivilegeEscalation",
      "capabilities.drop",
      "readOnlyRootFilesystem",
    ],
    "a folder of the node": [
      workflow({ securityContext, volumes: [{ name: "v", hostPath: {} }] }),
      "volumes (v): hostPath reaches into the node",
    ],
  },
});

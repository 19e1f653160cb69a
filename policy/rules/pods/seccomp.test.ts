import { context, deployment, object, pod } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { seccomp } from "./seccomp.ts";

const own = (type: string) => deployment({}, { securityContext: { ...context, seccompProfile: { type } } });

const annotated = (value: string, securityContext: object) =>
  object("Deployment", {
    spec: {
      template: {
        metadata: {
          annotations: {
            "seccomp.security.alpha.kubernetes.io/pod": value,
            "container.seccomp.security.alpha.kubernetes.io/main": value,
          },
        },
        spec: pod({ securityContext }),
      },
    },
  });
const filtered = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };

table(seccomp, {
  passes: {
    "the runtime's": deployment(),
    "one of the node's": own("Localhost"),
    "the runtime's, beside an annotation that nobody reads any more": annotated("unconfined", filtered),
    "a pod for Windows": deployment({ os: { name: "windows" }, securityContext: {} }),
  },
  violates: {
    "an annotation, which nobody reads any more": [annotated("runtime/default", {}), "seccompProfile.type"],
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

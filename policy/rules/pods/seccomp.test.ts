// What policy seccomp lets pass, and what violates it.
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
const isolated = { seccompProfile: { type: "RuntimeDefault" } };
const application = (driver: object) =>
  object("SparkApplication", { spec: { driver } }, "sparkoperator.k8s.io/v1beta2");
const run = (podTemplate: object, step: object = {}) =>
  object(
    "TaskRun",
    { spec: { podTemplate, taskSpec: { steps: [{ name: "a", image: "a:1.2", computeResources: {}, ...step }] } } },
    "tekton.dev/v1",
  );
const filtered = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };

table(seccomp, {
  passes: {
    "the runtime's": deployment(),
    "one of the node's": own("Localhost"),
    "the runtime's, beside an annotation that nobody reads any more": annotated("unconfined", filtered),
    "what a run of Tekton says of its steps": run({ securityContext: isolated }),
    "what a step says of itself": run({}, { securityContext: isolated }),
    "what a driver of Spark says as a pod": application({ podSecurityContext: isolated }),
    "what a driver of Spark says as a container": application({ securityContext: isolated }),
    "a pod for Windows": deployment({ os: { name: "windows" }, securityContext: {} }),
  },
  violates: {
    "an annotation, which nobody reads any more": [annotated("runtime/default", {}), "seccompProfile.type"],
    "a step of Tekton without": [run({}), "spec.taskSpec.steps[0] (a)"],
    "a driver of Spark without": [application({}), "spec.driver.securityContext.seccompProfile.type"],
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

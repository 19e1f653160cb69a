// An application of Spark says of its pods in fields of its own what Kubernetes says elsewhere.
import { describe, expect, test } from "vitest";
import { rules } from "../rules/index.ts";
import { container, context, object, pod } from "../testing/objects.ts";
import { verdicts } from "../testing/table.ts";
import type { Fields } from "../values.ts";

const application = (driver: Fields, more: Fields = {}) =>
  object(
    "SparkApplication",
    { spec: { image: "localhost/agentic-platform/spark:4.0.1", driver, ...more } },
    "sparkoperator.k8s.io/v1beta2",
  );
const verdictsOf = (name: string, subject: Fields) => {
  const [rule] = rules.filter((candidate) => candidate.name === name);
  return rule ? verdicts(rule, subject) : ["no such rule"];
};
const violations = (subject: Fields) =>
  rules.filter(({ area }) => area === "pods" || area === "secrets").flatMap((rule) => verdicts(rule, subject));

const podSecurityContext = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
const secure = { podSecurityContext, securityContext: context };

test("a good application violates nothing", () => {
  expect(violations(application(secure, { executor: { ...secure, instances: 2, memory: "4g" } }))).toEqual([]);
  expect(
    violations(
      application({
        template: { spec: { ...pod(), containers: [{ name: "spark-kubernetes-driver", securityContext: context }] } },
      }),
    ),
  ).toEqual([]);
});

test("an application that says nothing of security is refused for each role", () => {
  const found = verdictsOf("run-as-non-root", application({ cores: 1 }, { executor: { cores: 1 } }));
  expect(found).toEqual([
    expect.stringMatching(/^spec\.driver\.securityContext\.runAsNonRoot/),
    expect.stringMatching(/^spec\.executor\.securityContext\.runAsNonRoot/),
  ]);
});

describe("settings and template", () => {
  const template = (spec: Fields, inside: Fields = {}) => ({
    template: {
      spec: {
        ...pod(),
        containers: [{ name: "spark-kubernetes-driver", securityContext: context, ...inside }],
        ...spec,
      },
    },
  });

  test("the settings take the place of the template's", () => {
    expect(
      verdictsOf("capabilities", application({ ...template({}), securityContext: { privileged: false } })),
    ).toHaveLength(1);
    expect(
      verdictsOf("seccomp", application({ ...template({}), podSecurityContext: { runAsNonRoot: true } })),
    ).toHaveLength(1);
    expect(verdictsOf("image-registries", application(template({}, { image: "ghcr.io/stranger/spark:1.2" })))).toEqual(
      [],
    );
  });

  test("what the template says of other containers and of the pod is judged there", () => {
    const bad = application(
      template({ hostPID: true, initContainers: [container({ securityContext: { privileged: true } })] }),
    );
    expect(verdictsOf("host-namespaces", bad)).toEqual([
      expect.stringMatching(/^spec\.driver\.template\.spec\.hostPID/),
    ]);
    expect(verdictsOf("privileged", bad)).toEqual([
      expect.stringMatching(/^spec\.driver\.template\.spec\.initContainers\[0\]/),
    ]);
  });
});

test.each([
  [
    "spec.driver.podSecurityContext.sysctls[0]",
    "kernel-settings",
    { podSecurityContext: { ...podSecurityContext, sysctls: [{ name: "kernel.msgmax" }] } },
    {},
  ],
  [
    "spec.driver.podSecurityContext.runAsUser",
    "run-as-non-root",
    { podSecurityContext: { ...podSecurityContext, runAsUser: 0 } },
    {},
  ],
  [
    "spec.driver.podSecurityContext.seccompProfile.type",
    "seccomp",
    { podSecurityContext: { seccompProfile: { type: "Unconfined" } } },
    {},
  ],
  [
    "spec.driver.annotations",
    "security-modules",
    { annotations: { "container.apparmor.security.beta.kubernetes.io/a": "unconfined" } },
    {},
  ],
  ["spec.driver.envVars (TOKEN)", "secrets-in-clear", { envVars: { TOKEN: "hunter2" } }, {}],
  [
    "spec.driver.envSecretKeyRefs (KEY)",
    "secrets-in-environment",
    { envSecretKeyRefs: { KEY: { name: "a", key: "b" } } },
    {},
  ],
  ["spec.arguments[0]", "secrets-in-arguments", {}, { arguments: ["--password=hunter2"] }],
  [
    "spec.sparkConf (spark.hadoop.fs.s3a.secret.key)",
    "secrets-in-clear",
    {},
    { sparkConf: { "spark.hadoop.fs.s3a.secret.key": "hunter2" } },
  ],
  ["spec.hadoopConf (fs.s3a.secret.key)", "secrets-in-clear", {}, { hadoopConf: { "fs.s3a.secret.key": "hunter2" } }],
  ["spec.volumes[0] (v)", "volume-types", {}, { volumes: [{ name: "v", hostPath: { path: "/" } }] }],
])("%s is judged", (path, rule, driver, more) => {
  const found = verdictsOf(rule, application({ ...secure, ...driver }, more));
  expect(found.map((message) => message.slice(0, path.length))).toContain(path);
});

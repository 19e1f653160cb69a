// Each rule over pods finds a bad pod in everything that makes pods, at its path, and a good one nowhere.
import { describe, expect, test } from "vitest";
import { rules } from "../rules/index.ts";
import type { Holder, PodTemplate } from "../testing/holder.ts";
import { holdersOf } from "../testing/holders.ts";
import { container, context, object, pod } from "../testing/objects.ts";
import { verdicts } from "../testing/table.ts";
import type { Fields } from "../values.ts";

const template = (more: Fields = {}, inside: Fields = {}, metadata?: Fields): PodTemplate => ({
  ...(metadata ? { metadata } : {}),
  spec: { ...pod(more), containers: [container(inside)] },
});
const good = template();
const holders = Object.entries(holdersOf(good));
const security = (more: Fields) => ({ securityContext: { ...context, ...more } });
const hostPath = { name: "v", hostPath: { path: "/" } };

/** A bad pod for each rule, and a field of a pod that a kind must have for it. */
const violations: Record<string, { of: PodTemplate; needs?: string }[]> = {
  "host-namespaces": ["hostNetwork", "hostPID", "hostIPC"].map((needs) => ({ of: template({ [needs]: true }), needs })),
  "host-ports": [{ of: template({}, { ports: [{ hostPort: 80 }] }) }],
  "probe-hosts": [
    { of: template({}, { livenessProbe: { httpGet: { port: 80, host: "169.254.169.254" } } }) },
    { of: template({}, { lifecycle: { preStop: { tcpSocket: { port: 80, host: "a" } } } }) },
  ],
  "volume-types": [
    { of: template({ volumes: [hostPath] }), needs: "volumes" },
    { of: template({ volumes: [{ ...hostPath, emptyDir: {} }] }), needs: "volumes" },
  ],
  privileged: [{ of: template({}, security({ privileged: true })) }],
  "privilege-escalation": [
    { of: template({}, security({ allowPrivilegeEscalation: true })) },
    { of: template({}, security({ allowPrivilegeEscalation: null })) },
  ],
  capabilities: [
    { of: template({}, security({ capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } })) },
    { of: template({}, security({ capabilities: { drop: ["NET_RAW"] } })) },
  ],
  "run-as-non-root": [
    { of: template({}, security({ runAsUser: 0 })) },
    { of: template({}, security({ runAsUser: "0" })) },
    { of: template({}, security({ runAsNonRoot: false })) },
    {
      of: template({
        securityContext: { runAsNonRoot: true, runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } },
      }),
    },
    { of: template({ securityContext: {} }) },
  ],
  seccomp: [
    { of: template({}, security({ seccompProfile: { type: "Unconfined" } })) },
    { of: template({ securityContext: {} }) },
  ],
  "security-modules": [
    { of: template({}, security({ appArmorProfile: { type: "Unconfined" } })) },
    { of: template({}, security({ seLinuxOptions: { type: "spc_t" } })) },
  ],
  "kernel-settings": [
    { of: template({}, security({ procMount: "Unmasked" })) },
    { of: template({ securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } }), needs: "sysctls" },
  ],
  interactive: [{ of: template({}, { stdin: true }) }, { of: template({}, { tty: true }) }],
  "read-only-root": [{ of: template({}, security({ readOnlyRootFilesystem: false })) }],
  "service-account-token": [
    { of: template({ automountServiceAccountToken: true }), needs: "automountServiceAccountToken" },
  ],
  "image-pinned": [{ of: template({}, { image: "localhost/agentic-platform/agents:latest" }) }],
  "image-registries": [{ of: template({}, { image: "ghcr.io/stranger/agents:1" }) }],
  resources: [{}, { requests: null }].map((resources) => ({ of: template({}, { resources }), needs: "resources" })),
  "break-glass": [
    { of: template({}, {}, { labels: { "image-policy.k8s.io/break-glass": "true" } }), needs: "metadata" },
  ],
  "secrets-in-clear": [{ of: template({}, { env: [{ name: "TOKEN", value: "hunter2" }] }) }],
  "secrets-in-arguments": [{ of: template({}, { args: ["--password=hunter2"] }) }],
  "secrets-in-environment": [{ of: template({}, { envFrom: [{ secretRef: { name: "s" } }] }) }],
  "secret-file-modes": [
    { of: template({ volumes: [{ name: "v", secret: { secretName: "s", defaultMode: 0o444 } }] }), needs: "volumes" },
  ],
};

/** Rules over pods that are about what makes them, and not about the pod. */
const others = [
  "namespace-security",
  "account-token-default",
  "probes",
  "spread",
  "bare-pods",
  "secrets-in-config-maps",
];

test("every rule over pods is tried", () => {
  const names = rules.filter(({ area }) => area === "pods" || area === "secrets").map(({ name }) => name);
  expect([...Object.keys(violations), ...others].sort()).toEqual(names.sort());
});

describe.each(holders)("%s", (_, holder: Holder) => {
  test("a good pod violates nothing", () => {
    for (const [name, rule] of Object.keys(violations).map((policy) => [policy, ruleOf(policy)] as const))
      expect(verdicts(rule, holder.make(good)), name).toEqual([]);
  });

  const tried = Object.entries(violations)
    .map(([name, cases]) => [name, cases.filter(({ needs = "" }) => !holder.lacks?.includes(needs))] as const)
    .filter(([, cases]) => cases.length > 0);
  test.each(tried)("%s", (name, cases) => {
    for (const { of } of cases) {
      const found = verdicts(ruleOf(name), holder.make(of));
      expect(found.length).toBeGreaterThan(0);
      for (const message of found)
        expect(message.replaceAll(/ \(\w*\)/g, "").startsWith(holder.path), message).toBe(true);
    }
  });
});

function ruleOf(name: string) {
  const rule = rules.find((candidate) => candidate.name === name);
  if (!rule) throw new Error(`there is no rule ${name}`);
  return rule;
}

test("only a pod that nobody adds to is exempted by its system or its users", () => {
  const windows = template({ os: { name: "windows" }, hostUsers: false, securityContext: {} }, { securityContext: {} });
  const refused = holders.filter(([, { make }]) =>
    ["capabilities", "run-as-non-root"].some((name) => verdicts(ruleOf(name), make(windows)).length > 0),
  );
  expect(refused.map(([name]) => name)).toEqual(holders.flatMap(([name, { isPartial }]) => (isPartial ? [name] : [])));
});

describe("what serves has probes and is spread", () => {
  const bare = { readinessProbe: undefined, livenessProbe: undefined };
  test.each(
    holders.filter(([name]) => /^(Replica|Deployment$|StatefulSet|DaemonSet|an Argo Rollout|a Knative)/.test(name)),
  )("%s", (_, { make }) => {
    expect(verdicts(ruleOf("probes"), make(good))).toEqual([]);
    expect(verdicts(ruleOf("probes"), make(template({}, bare)))).toHaveLength(2);
    const object = make(good);
    expect(verdicts(ruleOf("spread"), { ...object, spec: { ...(object.spec as Fields), replicas: 3 } })).toHaveLength(
      1,
    );
  });
});

describe("a patch of somebody else's object", () => {
  const patch = (kind: string, rest: Fields, apiVersion = "v1") => object(`${kind}Patch`, rest, apiVersion);
  const patched = (spec: Fields) => patch("Deployment", { spec: { template: { spec } } }, "apps/v1");

  test("may leave out what the object has", () => {
    const partial = patched({ containers: [{ name: "main", image: "localhost/agentic-platform/agents:1.0.0" }] });
    const patches = [
      partial,
      patched({ automountServiceAccountToken: false }),
      patch("Namespace", { metadata: { name: "one", labels: { a: "b" } } }),
      patch("Service", { metadata: { name: "one", annotations: { a: "b" } } }),
      patch("StatefulSet", { metadata: { name: "one" } }, "apps/v1"),
      patch("Pod", { metadata: { name: "one" } }),
    ];
    for (const object of patches) for (const rule of rules) expect(verdicts(rule, object), rule.name).toEqual([]);
  });

  test("may bring nothing bad into it", () => {
    const container = { name: "main", securityContext: { privileged: true, runAsUser: 0 }, ports: [{ hostPort: 80 }] };
    const bad = patched({ hostNetwork: true, volumes: [hostPath], containers: [container] });
    for (const name of ["privileged", "run-as-non-root", "host-ports", "host-namespaces", "volume-types"])
      expect(verdicts(ruleOf(name), bad), name).toHaveLength(1);
    const service = patch("Service", { spec: { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] } });
    expect(verdicts(ruleOf("exposed-services"), service)).toHaveLength(1);
    const role = patch("ClusterRole", { rules: [{ verbs: ["*"] }] }, "rbac.authorization.k8s.io/v1");
    expect(verdicts(ruleOf("rbac-wildcards"), role)).toHaveLength(1);
    const label = "pod-security.kubernetes.io/enforce";
    const namespace = patch("Namespace", { metadata: { name: "one", labels: { [label]: "privileged" } } });
    expect(verdicts(ruleOf("namespace-security"), namespace)).toHaveLength(1);
  });

  test("is a custom kind's ordinary object where that is called so", () => {
    const workload = object("WorkloadPatch", { spec: { template: template({ hostNetwork: true }) } }, "example.com/v1");
    expect(verdicts(ruleOf("host-namespaces"), workload)).toHaveLength(1);
  });

  test("of a custom kind, as crd2pulumi makes it, is held to the rules for that kind and may leave things out", () => {
    const workflow = (spec: Fields) => ({
      type: "kubernetes:argoproj.io/v1alpha1:WorkflowPatch",
      props: object("Workflow", { spec }, "argoproj.io/v1alpha1"),
    });
    for (const rule of rules) expect(verdicts(rule, workflow({ suspend: false })), rule.name).toEqual([]);
    expect(verdicts(ruleOf("workflow-pod-spec-patch"), workflow({ podSpecPatch: "{}" }))).toHaveLength(1);
    expect(verdicts(ruleOf("host-namespaces"), workflow({ hostNetwork: true }))).toHaveLength(1);
  });
});

describe("objects in others", () => {
  const bad = object("Pod", { spec: pod({ hostPID: true }) });
  const sensor = (source: Fields) =>
    object("Sensor", { spec: { triggers: [{ template: { k8s: { source } } }] } }, "argoproj.io/v1alpha1");
  const text = JSON.stringify(bad);

  test.each([
    ["in a List", object("List", { items: [bad] })],
    ["in a List in a List", object("List", { items: [object("List", { items: [bad] })] })],
    ["in the text of a Sensor's source", sensor({ inline: text })],
    ["in a later document of such a text", sensor({ inline: `apiVersion: v1\nkind: Secret\n---\n${text}` })],
    ["in a List in such a text", sensor({ inline: JSON.stringify(object("List", { items: [bad] })) })],
  ])("are found %s", (_, subject) => expect(verdicts(ruleOf("host-namespaces"), subject)).toHaveLength(1));

  test("that make no pods are held to no rule over pods", () => {
    const harmless = object("ConfigMap", { data: { containers: "apiVersion: none" } });
    for (const name of Object.keys(violations))
      expect(verdicts(ruleOf(name), object("List", { items: [harmless] }))).toEqual([]);
  });
});

describe("what Argo Events says nothing of is as it should not be", () => {
  test.each(["EventSource", "Sensor"])("%s", (kind) => {
    const workflow = object(kind, { spec: {} }, "argoproj.io/v1alpha1");
    for (const rule of ["run-as-non-root", "seccomp", "capabilities", "resources"])
      expect(verdicts(ruleOf(rule), workflow).join("\n")).toContain("spec.template.container");
    expect(verdicts(ruleOf("image-pinned"), workflow)).toEqual([]);
  });
});

test("a custom kind without pods has none, whatever its lists are called", () => {
  const policy = object(
    "VerticalPodAutoscaler",
    { spec: { resourcePolicy: { containers: ["a", { containerName: "b" }] } } },
    "autoscaling.k8s.io/v1",
  );
  for (const name of Object.keys(violations)) expect(verdicts(ruleOf(name), policy)).toEqual([]);
});

test("a custom kind's pod is found by the node's namespaces alone, whichever way it says yes", () => {
  for (const value of [true, "true"]) {
    const agent = object("Agent", { spec: { agent: { pod: { hostNetwork: value } } } }, "example.com/v1");
    expect(verdicts(ruleOf("host-namespaces"), agent)).toHaveLength(1);
  }
});

test("a container without an image adds to one that a controller makes: what it says is judged, what it leaves out isn't", () => {
  const listener = (more: Fields) =>
    object(
      "EventListener",
      {
        spec: {
          resources: {
            kubernetesResource: { spec: { template: { spec: { containers: [{ resources: {}, ...more }] } } } },
          },
        },
      },
      "triggers.tekton.dev/v1beta1",
    );
  for (const name of Object.keys(violations)) expect(verdicts(ruleOf(name), listener({})), name).toEqual([]);
  expect(verdicts(ruleOf("privileged"), listener({ securityContext: { privileged: true } }))).toHaveLength(1);
  expect(verdicts(ruleOf("run-as-non-root"), listener({ securityContext: { runAsUser: 0 } }))).toHaveLength(1);
  expect(verdicts(ruleOf("secrets-in-clear"), listener({ env: [{ name: "TOKEN", value: "hunter2" }] }))).toHaveLength(
    1,
  );
});

test("a template's securityContext takes the place of the workflow's, and the defaults' is merged with it", () => {
  const image = "localhost/agentic-platform/agents:1";
  const shared = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
  const workflow = (spec: Fields, own?: Fields) =>
    object(
      "WorkflowTemplate",
      { spec: { ...spec, templates: [{ name: "a", container: { image }, ...(own ? { securityContext: own } : {}) }] } },
      "argoproj.io/v1alpha1",
    );
  const rule = ruleOf("run-as-non-root");
  expect(verdicts(rule, workflow({ securityContext: shared }))).toEqual([]);
  expect(verdicts(rule, workflow({ securityContext: shared }, { fsGroup: 1 }))).toHaveLength(1);
  expect(verdicts(rule, workflow({ templateDefaults: { securityContext: shared } }, { fsGroup: 1 }))).toEqual([]);
});

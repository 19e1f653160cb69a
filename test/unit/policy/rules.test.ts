// Each rule: a good object passes, and each thing that makes it bad is named with its field.
import type { ResourceValidationArgs, ResourceValidationPolicy, StackValidationArgs } from "@pulumi/policy";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Fields } from "../../../policy/objects.ts";
import { defaultDeny } from "../../../policy/rules/default-deny.ts";
import { bytes } from "../../../policy/rules/volume-sizes.ts";
import { rules } from "../../../policy/rules.ts";

const resourceRules = rules.filter((rule): rule is ResourceValidationPolicy => "validateResource" in rule);

/** What all rules say of an object, as `rule message`. */
function verdicts(object: Fields, config: Fields = {}): string[] {
  const found: string[] = [];
  const [group = ""] = [object.apiVersion];
  const args = { type: `kubernetes:${group}:${object.kind}`, props: object, getConfig: () => config };
  for (const { name, validateResource } of resourceRules)
    for (const check of [validateResource].flat())
      check?.(args as unknown as ResourceValidationArgs, (message) => found.push(`${name} ${message}`));
  return found;
}

const container = () => ({
  name: "main",
  image: "example.com/app:1.2",
  resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } },
  readinessProbe: { httpGet: { port: 80 } },
  livenessProbe: { httpGet: { port: 80 } },
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
});
const pod = (more: Fields = {}, inside: Fields = {}) => ({
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  containers: [{ ...container(), ...inside }],
  ...more,
});
const deployment = (more: Fields = {}, inside: Fields = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "app", namespace: "space" },
  spec: { template: { spec: pod(more, inside) } },
});
const object = (kind: string, rest: Fields): Fields => ({ apiVersion: "v1", kind, metadata: { name: "one" }, ...rest });

test("a pod that holds to everything passes, in whatever holds it", () => {
  expect(verdicts(deployment())).toEqual([]);
  expect(verdicts(object("Pod", { spec: pod() }))).toEqual([]);
  expect(
    verdicts({ ...object("CronJob", { spec: { jobTemplate: { spec: { template: { spec: pod() } } } } }) }),
  ).toEqual([]);
});

const context = container().securityContext;
const inPod: [string, Fields, Fields, string][] = [
  ["the node's network", { hostNetwork: true }, {}, "pod-security spec.template.spec.hostNetwork"],
  ["a path of the node", { volumes: [{ name: "v", hostPath: {} }] }, {}, "pod-security spec.template.spec.volumes (v)"],
  ["root by default", { securityContext: { seccompProfile: { type: "RuntimeDefault" } } }, {}, "runAsNonRoot"],
  ["root by number", {}, { securityContext: { ...context, runAsUser: 0 } }, "runAsUser"],
  ["no seccomp profile", { securityContext: { runAsNonRoot: true } }, {}, "seccompProfile.type"],
  ["privileged", {}, { securityContext: { ...context, privileged: true } }, "privileged"],
  ["privileges that rise", {}, { securityContext: { ...context, allowPrivilegeEscalation: true } }, "allowPriv"],
  ["capabilities kept", {}, { securityContext: { ...context, capabilities: {} } }, "capabilities.drop"],
  [
    "a capability more",
    {},
    { securityContext: { ...context, capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } } },
    "add",
  ],
  [
    "a root file system to write to",
    {},
    { securityContext: { ...context, readOnlyRootFilesystem: false } },
    "readOnlyRoot",
  ],
  ["no limits", {}, { resources: { requests: { cpu: "1", memory: "1Gi" } } }, "resource-limits"],
  ["no request for cpu", {}, { resources: { requests: { memory: "1Gi" }, limits: { memory: "1Gi" } } }, "requests.cpu"],
  ["no probe", {}, { livenessProbe: undefined }, "probes spec.template.spec.containers[0] (main).livenessProbe"],
  ["latest", {}, { image: "app:latest" }, "image-tags"],
  ["no tag at a registry with a port", {}, { image: "localhost:5000/app" }, "image-tags"],
  ["the default account's token", { automountServiceAccountToken: undefined }, {}, "service-account-tokens"],
  [
    "a secret by environment",
    {},
    { env: [{ name: "X", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }] },
    "secrets-in-clear spec.template.spec.containers[0] (main).env (X)",
  ],
  ["a Secret as environment", {}, { envFrom: [{ secretRef: { name: "s" } }] }, "secrets-in-clear"],
  ["a password in clear", {}, { env: [{ name: "DB_PASSWORD", value: "x" }] }, "it looks like a secret in clear"],
];
test.each(inPod)("a pod with %s is refused", (_, more, inside, expected) => {
  const found = verdicts(deployment(more, inside));
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(expected);
});

test("a digest names an image, an account of its own may have a token, a file's path is no secret", () => {
  const env = [{ name: "DB_PASSWORD_FILE", value: "/etc/secrets/password" }];
  const inside = { image: `app@sha256:${"0".repeat(64)}`, env };
  expect(verdicts(deployment({ automountServiceAccountToken: undefined, serviceAccountName: "own" }, inside))).toEqual(
    [],
  );
});

test("an excepted container may take its secret by environment, but not in clear", () => {
  const env = [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }];
  expect(verdicts(deployment({}, { env }), { except: ["main"] })).toEqual([]);
  expect(verdicts(deployment({}, { env: [{ name: "TOKEN", value: "x" }] }), { except: ["main"] })).toHaveLength(1);
});

const others: [string, Fields, string][] = [
  ["a secret in a ConfigMap", object("ConfigMap", { data: { "api-key": "x" } }), "secrets-in-clear"],
  [
    "a role with wildcards",
    object("Role", { rules: [{ apiGroups: [""], resources: ["*"], verbs: ["get"] }] }),
    "rbac-w",
  ],
  ["a role that raises", object("ClusterRole", { rules: [{ resources: ["roles"], verbs: ["bind"] }] }), "bind raise"],
  ["cluster-admin", object("ClusterRoleBinding", { roleRef: { name: "cluster-admin" } }), "cluster-admin"],
  [
    "a binding for everybody",
    object("RoleBinding", { roleRef: { name: "view" }, subjects: [{ name: "system:authenticated" }] }),
    "cluster-admin subjects",
  ],
  ["a NodePort", object("Service", { spec: { type: "NodePort" } }), "exposed-services spec.type"],
  [
    "external addresses",
    object("Service", { spec: { externalIPs: ["192.0.2.1"] } }),
    "exposed-services spec.externalIPs",
  ],
  ["no size", object("PersistentVolumeClaim", { spec: {} }), "volume-sizes spec.resources.requests.storage: missing"],
  [
    "too large a volume",
    object("StatefulSet", {
      spec: {
        template: { spec: pod() },
        volumeClaimTemplates: [{ spec: { resources: { requests: { storage: "1Ti" } } } }],
      },
    }),
    "1Ti is more than 100Gi",
  ],
];
test.each(others)("%s is refused", (_, wrong, expected) => {
  const found = verdicts(wrong);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(expected);
});

test("a namespace without owner and cost center is told of both", () => {
  expect(verdicts(object("Namespace", {}))).toHaveLength(2);
  const labels = { "agentic.io/owner": "a", "agentic.io/cost-center": "b" };
  expect(verdicts(object("Namespace", { metadata: { labels } }))).toEqual([]);
});

test("a workflow template's step needs a deadline, retries with backoff and resources", () => {
  const step = { name: "step", container: { resources: container().resources } };
  const template = (spec: Fields) => ({ apiVersion: "argoproj.io/v1alpha1", kind: "WorkflowTemplate", spec });
  const retryStrategy = { limit: "3", backoff: { duration: "1s" } };
  expect(verdicts(template({ activeDeadlineSeconds: 60, templates: [{ ...step, retryStrategy }] }))).toEqual([]);
  const said = verdicts(template({ podSpecPatch: "{}", templates: [{ name: "step", container: {} }] })).join("\n");
  for (const field of ["podSpecPatch", "activeDeadlineSeconds", "retryStrategy", "resources"])
    expect(said).toContain(field);
});

test("a namespace without a NetworkPolicy that denies everything is named", () => {
  const resource = (kind: string, name: string, rest: Fields = {}) => ({
    type: `kubernetes:x:${kind}`,
    urn: name,
    props: { kind, metadata: { name, namespace: name }, ...rest },
  });
  const deny = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };
  const urns: (string | undefined)[] = [];
  const resources = [
    resource("Namespace", "guarded"),
    resource("NetworkPolicy", "guarded", { spec: deny }),
    resource("Namespace", "half"),
    resource("NetworkPolicy", "half", { spec: { ...deny, policyTypes: ["Ingress"] } }),
    resource("Namespace", "open"),
    resource("NetworkPolicy", "open", { spec: { ...deny, egress: [{}] } }),
    resource("Namespace", "none"),
  ];
  defaultDeny.validateStack({ resources } as unknown as StackValidationArgs, (_, urn) => urns.push(urn));
  expect(urns).toEqual(["half", "open", "none"]);
});

test("no rule ever throws, whatever an object looks like", () => {
  const kinds = [
    "Pod",
    "Deployment",
    "CronJob",
    "ConfigMap",
    "Role",
    "RoleBinding",
    "Service",
    "Namespace",
    "WorkflowTemplate",
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...kinds),
      fc.dictionary(fc.constantFrom("spec", "data", "rules", "subjects"), fc.jsonValue()),
      (kind, rest) => {
        verdicts({ apiVersion: "argoproj.io/v1", kind, ...(rest as Fields) });
      },
    ),
  );
});

test("quantities are read in their units", () => {
  expect([bytes("1Ki"), bytes("2G"), bytes("1.5Gi"), bytes(7)]).toEqual([1024, 2e9, 1.5 * 2 ** 30, 7]);
  expect(bytes("much")).toBeNaN();
});

// Every rule over objects finds a bad one wherever it stands: in a list, in a field, and in a manifest's text.
import { dump } from "js-yaml";
import { describe, expect, test } from "vitest";
import { rules } from "../rules/index.ts";
import { object, workflow } from "../testing/objects.ts";
import { verdicts } from "../testing/table.ts";
import type { Fields } from "../values.ts";

const rbac = "rbac.authorization.k8s.io/v1";
const argo = "argoproj.io/v1alpha1";

/** A bad object for each rule over objects, and where in it the first fault is. */
const bad: Record<string, [subject: Fields, path: string]> = {
  "rbac-wildcards": [object("ClusterRole", { rules: [{ verbs: ["*"] }] }, rbac), "rules[0].verbs"],
  "rbac-cluster-secrets": [
    object("ClusterRole", { rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }] }, rbac),
    "rules[0]",
  ],
  "rbac-cluster-admin": [object("ClusterRoleBinding", { roleRef: { name: "cluster-admin" } }, rbac), "roleRef.name"],
  "rbac-named-subjects": [
    object("RoleBinding", { subjects: [{ kind: "Group", name: "system:authenticated" }] }, rbac),
    "subjects[0].name",
  ],
  "exposed-services": [object("Service", { spec: { type: "NodePort" } }), "spec.type"],
  "external-ips": [object("Service", { spec: { externalIPs: ["192.0.2.1"] } }), "spec.externalIPs"],
  "network-open-rules": [object("NetworkPolicy", { spec: { egress: [{}] } }, "networking.k8s.io/v1"), "spec.egress[0]"],
  "network-world": [
    object("NetworkPolicy", { spec: { egress: [{ to: [{ ipBlock: { cidr: "::/0" } }] }] } }, "networking.k8s.io/v1"),
    "spec.egress[0].to[0]",
  ],
  "tls-routes": [object("Ingress", { spec: { rules: [] } }, "networking.k8s.io/v1"), "spec.tls"],
  "namespace-security": [object("Namespace", { metadata: { name: "one" } }), "metadata.labels"],
  "account-token-default": [object("ServiceAccount"), "automountServiceAccountToken"],
  "secrets-in-config-maps": [object("ConfigMap", { data: { password: "hunter2" } }), "data"],
  "volume-size": [
    object("PersistentVolumeClaim", { spec: { resources: { requests: { storage: "900Ti" } } } }),
    "spec.resources",
  ],
  "volume-hosts": [object("PersistentVolume", { spec: { hostPath: { path: "/" } } }), "spec.hostPath"],
  "bare-pods": [object("Pod", { spec: {} }), "kind"],
  "host-namespaces": [object("Pod", { spec: { hostPID: true } }), "spec.hostPID"],
  "cron-limits": [object("CronWorkflow", { spec: { workflowSpec: {} } }, argo), "spec.concurrencyPolicy"],
  "workflow-pod-spec-patch": [workflow({ podSpecPatch: "{}" }), "spec.podSpecPatch"],
  "workflow-parallelism": [workflow(), "spec.parallelism"],
  "workflow-cycles": [
    workflow({ templates: [{ name: "a", steps: [[{ name: "b", template: "a" }]] }] }),
    "spec.templates",
  ],
  "workflow-ownership": [workflow(), "metadata.annotations"],
};

const sensor = (source: Fields) => object("Sensor", { spec: { triggers: [{ template: { k8s: { source } } }] } }, argo);
const source = "spec.triggers[0].template.k8s.source";

/** What brings an object, and the path to it there. */
const places: Record<string, [make: (inner: Fields) => Fields, path: string]> = {
  "by itself": [(inner) => inner, ""],
  "in a List": [(inner) => object("List", { items: [inner] }), "items[0]."],
  "in a List in a List": [
    (inner) => object("List", { items: [object("List", { items: [inner] })] }),
    "items[0].items[0].",
  ],
  "in the list of its kind": [
    ({ apiVersion, kind, ...rest }) => object(`${kind}List`, { items: [rest] }, String(apiVersion)),
    "items[0].",
  ],
  "in a Sensor": [(inner) => sensor({ resource: inner }), `${source}.resource.`],
  "in a text in a Sensor": [(inner) => sensor({ inline: dump(inner) }), `${source}.inline.`],
  "in the text of a workflow's step, as JSON": [
    (inner) =>
      object(
        "WorkflowTemplate",
        { spec: { templates: [{ name: "make", resource: { manifest: JSON.stringify(inner) } }] } },
        argo,
      ),
    "spec.templates[0].resource.manifest.",
  ],
  "in a custom kind": [
    (inner) => object("Object", { spec: { forProvider: { manifest: inner } } }, "kubernetes.crossplane.io/v1alpha2"),
    "spec.forProvider.manifest.",
  ],
  "in a template for runs of Tekton": [
    (inner) => object("TriggerTemplate", { spec: { resourcetemplates: [inner] } }, "triggers.tekton.dev/v1beta1"),
    "spec.resourcetemplates[0].",
  ],
};

describe.each(Object.entries(places))("%s", (_, [make, prefix]) => {
  test.each(Object.entries(bad))("%s", (name, [subject, path]) => {
    const [rule] = rules.filter((candidate) => candidate.name === name);
    const found = rule ? verdicts(rule, make(subject)) : [];
    expect(found.some((message) => message.startsWith(prefix + path))).toBe(true);
  });
});

const ruleOf = (name: string) => {
  const [rule] = rules.filter((candidate) => candidate.name === name);
  if (!rule) throw new Error(`there is no rule ${name}`);
  return rule;
};

test("a workflow's spec in a custom kind is one, whatever its field is called", () => {
  const spec = { entrypoint: "a", podSpecPatch: "{}", templates: [{ name: "a", container: { image: "a" } }] };
  const pipeline = object("Pipeline", { spec: { steps: [{ run: spec }] } }, "example.com/v1");
  expect(verdicts(ruleOf("workflow-pod-spec-patch"), pipeline)).toEqual([
    expect.stringContaining("spec.steps[0].run.podSpecPatch"),
  ]);
  expect(verdicts(ruleOf("workflow-service-account"), pipeline)).not.toEqual([]);
});

test("a reference to an object is none", () => {
  const scaler = object(
    "ScaledObject",
    { spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "one" } } },
    "keda.sh/v1alpha1",
  );
  for (const rule of rules) expect(verdicts(rule, scaler), rule.name).toEqual([]);
});

test("one object of a list may be left alone by its name", () => {
  const list = object("List", {
    items: ["a", "b"].map((name) => object("Service", { metadata: { name }, spec: { type: "NodePort" } })),
  });
  expect(verdicts(ruleOf("exposed-services"), list, { except: ["b"] })).toEqual([
    expect.stringContaining("items[0].spec.type"),
  ]);
});

test("rules over the whole stack see what is on a list", () => {
  const space = object("Namespace", { metadata: { name: "one" } });
  const deny = object(
    "NetworkPolicy",
    { metadata: { name: "deny", namespace: "one" }, spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] } },
    "networking.k8s.io/v1",
  );
  const rule = ruleOf("default-deny");
  expect(verdicts(rule, [object("List", { items: [space] })])).toHaveLength(1);
  expect(verdicts(rule, [object("NamespaceList", { items: [{ metadata: { name: "one" } }] })])).toHaveLength(1);
  expect(verdicts(rule, [object("List", { items: [space, deny] })])).toEqual([]);
});

describe("texts", () => {
  const timed = (text: string) => {
    const started = process.cpuUsage().user;
    const found = verdicts(ruleOf("host-namespaces"), sensor({ inline: text }));
    return { found, ms: (process.cpuUsage().user - started) / 1000 };
  };
  const pod = dump(object("Pod", { spec: { hostPID: true } }));

  test.each([
    ["blank lines", "\n".repeat(2 ** 20)],
    ["blanks", " ".repeat(2 ** 20)],
    ["lines that look like keys", "a: b\n".repeat(2 ** 18)],
    ["commas and blanks", ", ".repeat(2 ** 19)],
    ["the word itself", "\napiVersion ".repeat(2 ** 16)],
  ])("of a mebibyte without a manifest are passed over in no time: %s", (_, text) =>
    expect(timed(text).ms).toBeLessThan(1000),
  );

  test("of a mebibyte of manifests cost all rules together no more than seconds", () => {
    const list = `apiVersion: v1\nkind: List\nitems: [${"a,".repeat(2 ** 19)}]\n`;
    const started = process.cpuUsage().user;
    const found = rules.flatMap((rule) => verdicts(rule, sensor({ inline: `${list}---\n${pod}` })));
    expect((process.cpuUsage().user - started) / 1e6).toBeLessThan(6);
    expect(found).toContainEqual(expect.stringContaining("inline.spec.hostPID"));
  }, 60_000);

  test("that use an anchor inside of itself, or can't be read, hide nothing else and end", () => {
    const cycle = "apiVersion: v1\nkind: List\nitems: &a [*a, *a]\n";
    for (const first of [cycle, "apiVersion: [\n", `apiVersion: v1\nx: ${"[".repeat(20_000)}\n`])
      expect(() => timed(first)).not.toThrow();
    expect(timed(`${cycle}---\n${pod}`).found).toHaveLength(1);
  });
});

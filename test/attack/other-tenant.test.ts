// Another tenant's team, which makes its own namespace and what is in it, and tries to choose its guard rails or to reach around
// them.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isStatus } from "../../kube/client/api-error.ts";
import type { Client } from "../../kube/client/client.ts";
import { until } from "../integration/operator/cluster.ts";
import { type Platform, refusal, startPlatform } from "./platform.ts";

const NAMESPACES = "/api/v1/namespaces";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const TEAM = "system:serviceaccount:team:deployer";

let platform: Platform;
/** May change any namespace, and manage the tenant `acme`. */
let team: Client;
let engine: Client;

const labels = { "agentic.io/tenant": "acme", "pod-security.kubernetes.io/enforce": "restricted" };
const namespace = (name: string, labels: Record<string, string> = {}) => ({ metadata: { name, labels } });

beforeAll(async () => {
  platform = await startPlatform({ tenants: [{ name: "demo" }], tenantImages: ["registry.test/agents:1"] });
  const { admin } = platform;
  await admin.create(NAMESPACES, namespace("team"));
  await admin.create(`${NAMESPACES}/team/serviceaccounts`, { metadata: { name: "deployer" } });
  const rules = [
    { apiGroups: [""], resources: ["namespaces", "namespaces/status"], verbs: ["*"] },
    { apiGroups: [""], resources: ["pods"], verbs: ["create"] },
    { apiGroups: ["argoproj.io"], resources: ["workflows"], verbs: ["create"] },
    { apiGroups: ["agentic.io"], resources: ["tenants"], resourceNames: ["tenant-acme"], verbs: ["manage"] },
  ];
  await admin.create(`${RBAC}/clusterroles`, { metadata: { name: "team" }, rules });
  await admin.create(`${RBAC}/clusterrolebindings`, {
    metadata: { name: "team" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "team" },
    subjects: [{ kind: "ServiceAccount", name: "deployer", namespace: "team" }],
  });
  team = await platform.as("team", "deployer");
  engine = await platform.as("argo-workflows", "workflow-engine");
  const outcomeOf = (request: Promise<unknown>) =>
    request.then(
      () => undefined,
      (error: Error) => error.message,
    );
  await until("the policies in force", async () => {
    const messages = [
      await outcomeOf(team.create(`${NAMESPACES}?dryRun=All`, namespace("tenant-probe"))),
      await outcomeOf(team.create("/api/v1/namespaces/tenant-demo/pods?dryRun=All", pod("probe:1"))),
    ];
    return messages.every((message) => message?.includes("ValidatingAdmissionPolicy")) || undefined;
  });
});
afterAll(() => platform?.stop());

function pod(image: string) {
  return {
    metadata: { generateName: "p-" },
    spec: {
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "main",
          image,
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          resources: { limits: { cpu: "100m", memory: "64Mi" } },
        },
      ],
    },
  };
}

describe("takes a tenant's name or the platform's labels", () => {
  test.each<[string, Record<string, string>, string]>([
    ["a namespace of a tenant that isn't its own", { "agentic.io/tenant": "demo2" }, "tenant-demo2"],
    ["one that looks like a tenant's, without any label", {}, "tenant-x"],
  ])("%s: refused, only the platform makes it", async (_, labels, name) => {
    expect(await refusal(team.create(NAMESPACES, namespace(name, labels)))).toContain(
      `${TEAM} may not create namespace ${name}: only the platform makes tenants' namespaces`,
    );
  });

  test.each<[string, Record<string, string>]>([
    ["without Pod Security", { "agentic.io/tenant": "acme" }],
    ["with a weaker Pod Security", { ...labels, "pod-security.kubernetes.io/enforce": "privileged" }],
    ["as another tenant", { ...labels, "agentic.io/tenant": "demo" }],
    ["without a tenant's label", { "pod-security.kubernetes.io/enforce": "restricted" }],
  ])("its own tenant's namespace %s: refused, with the labels that it must have", async (_, labels) => {
    expect(await refusal(team.create(NAMESPACES, namespace("tenant-acme", labels)))).toContain(
      "namespace tenant-acme must have the labels agentic.io/tenant: acme, pod-security.kubernetes.io/enforce: restricted",
    );
  });

  test("its own tenant's namespace with its guard rails: made, and the platform makes any", async () => {
    await team.create(NAMESPACES, namespace("tenant-acme", { ...labels, "team.example/stage": "test" }));
    const change = { metadata: { labels: { "team.example/stage": "live" } } };
    expect(await team.patch(`${NAMESPACES}/tenant-acme`, change)).toMatchObject(change);
    const more = namespace("tenant-more", { ...labels, "agentic.io/tenant": "more" });
    expect(await platform.admin.create(NAMESPACES, more)).toMatchObject(more);
  });

  test.each<[string, string, string, Record<string, string | null>, string]>([
    [
      "Pod Security off another tenant",
      "tenant-demo",
      "",
      { "pod-security.kubernetes.io/enforce": null },
      "may not set",
    ],
    ["Pod Security off its own", "tenant-acme", "", { "pod-security.kubernetes.io/enforce": "baseline" }, "must have"],
    [
      "Pod Security off by the subresource",
      "tenant-demo",
      "/status",
      { "pod-security.kubernetes.io/enforce": null },
      "may not",
    ],
    ["the tenant's label off", "tenant-demo", "", { "agentic.io/tenant": null }, "may not set agentic.io/tenant of"],
    [
      "the image policy off",
      "tenant-demo",
      "",
      { "policy.sigstore.dev/include": "false" },
      "may not set policy.sigstore",
    ],
    [
      "Pod Security off the platform",
      "agentic-system",
      "",
      { "pod-security.kubernetes.io/enforce": null },
      "may not set",
    ],
    [
      "a tenant's label for its own namespace",
      "team",
      "",
      { "agentic.io/tenant": "demo" },
      "may not set agentic.io/tenant",
    ],
  ])("%s: refused", async (_, name, subresource, change, words) => {
    expect(
      await refusal(team.patch(`${NAMESPACES}/${name}${subresource}`, { metadata: { labels: change } })),
    ).toContain(words);
  });

  test("labels that aren't the platform's, and Pod Security of namespaces that aren't: its own to set", async () => {
    const change = { metadata: { labels: { "pod-security.kubernetes.io/enforce": "baseline", stage: "live" } } };
    expect(await team.patch(`${NAMESPACES}/team`, change)).toMatchObject(change);
  });
});

describe("reaches around admission", () => {
  const workflow = (spec: object) => ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { generateName: "wf-" },
    spec,
  });
  const template = { workflowTemplateRef: { name: "visual-analysis-template" } };
  const workflows = (name: string) => `/apis/argoproj.io/v1alpha1/namespaces/${name}/workflows`;

  test("by a Workflow that patches its pods, in a namespace without a tenant's label: refused as anywhere", async () => {
    for (const name of ["team", "tenant-acme"])
      expect(await refusal(team.create(workflows(name), workflow({ ...template, podSpecPatch: "{}" })))).toContain(
        "spec.podSpecPatch must not be set",
      );
    await team.create(workflows("tenant-acme"), workflow(template));
  });

  test("by an image off the list, in a tenant's namespace whatever its labels: refused", async () => {
    expect(await refusal(team.create(`${NAMESPACES}/tenant-demo/pods`, pod("busybox")))).toContain(
      "spec.containers: busybox may not run in a tenant's namespace: allowed are registry.test/agents:1",
    );
    const listed = team.create(`${NAMESPACES}/tenant-demo/pods`, pod("registry.test/agents:1"));
    expect(
      await listed.then(
        () => "made",
        (error: Error) => error.message,
      ),
    ).toMatch(/made|serviceaccount/);
  });

  test("by having the engine make pods where no tenant is: the engine has no right there", async () => {
    const answer = async (name: string) =>
      await engine.create(`${NAMESPACES}/${name}/pods?dryRun=All`, pod("registry.test/agents:1")).then(
        () => "made",
        (error: unknown) => (isStatus(error, 403) ? (error as Error).message : "made"),
      );
    for (const name of ["team", "agentic-system", "kube-system"])
      expect(await answer(name)).toContain(
        `User "system:serviceaccount:argo-workflows:workflow-engine" cannot create resource "pods" in API group "" in the namespace "${name}"`,
      );
    expect(await answer("tenant-demo")).toBe("made");
  });
});

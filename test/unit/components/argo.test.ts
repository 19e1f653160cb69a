// Argo Workflows as the platform runs it: what its controller may read, and how its server is asked whether it lives.
import { beforeAll, describe, expect, it } from "vitest";
import { mock, objects, program, type Registered } from "./program.ts";

let all: Registered[];
const objectNamed = (kind: string, name: string) =>
  objects(all, kind).find(({ metadata }) => metadata?.name === name) ?? {};

beforeAll(async () => {
  mock();
  all = await program({ workflowEngine: "argo" });
});

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

describe("the workflow controller", () => {
  // What its source starts informers of (workflow/controller, v4.1.2). It asks for namespaces first, and without them keeps no
  // limit of workflows in one namespace.
  it.each([
    ["", "pods"],
    ["", "configmaps"],
    ["", "namespaces"],
    ["argoproj.io", "workflows"],
    ["argoproj.io", "workflowtemplates"],
    ["argoproj.io", "clusterworkflowtemplates"],
    ["argoproj.io", "cronworkflows"],
    ["argoproj.io", "workflowtasksets"],
    ["argoproj.io", "workflowtaskresults"],
    ["argoproj.io", "workflowartifactgctasks"],
  ])("may list and watch '%s' %s everywhere", (group, resource) => {
    const rules = objectNamed("ClusterRole", "workflow-controller").rules as Rule[];
    const verbs = rules
      .filter(({ apiGroups, resources }) => apiGroups.includes(group) && resources.includes(resource))
      .flatMap((rule) => rule.verbs);
    expect(verbs).toEqual(expect.arrayContaining(["list", "watch"]));
  });

  it("reads no Secret but that of its archive", () => {
    const clusterRules = objectNamed("ClusterRole", "workflow-controller").rules as Rule[];
    expect(clusterRules.filter(({ resources }) => resources.includes("secrets"))).toEqual([]);
  });
});

describe("commands in pods", () => {
  const letsIn = ({ rules = [] }: { rules?: Rule[] }) => rules.some(({ resources }) => resources.includes("pods/exec"));

  it("are the controller's in tenants' namespaces and nowhere else, beside a tenant of another stack, too", async () => {
    const resources = await program({
      workflowEngine: "argo",
      tenants: [{ name: "a" }, { name: "b", external: true }],
    });
    const roles = [...objects(resources, "Role"), ...objects(resources, "ClusterRole")].filter((role) =>
      letsIn(role as { rules?: Rule[] }),
    );
    // Besides whom an AccessRequest lets in, for a time.
    expect(roles.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`).sort()).toEqual([
      "tenant-a/agentic-break-glass",
      "tenant-a/workflow-engine",
    ]);
  });
});

describe("the server", () => {
  it("is asked by requests, as a bare connection would be an error in its log each time", () => {
    const [container] = objectNamed("Deployment", "argo-server").spec.template.spec.containers;
    for (const probe of [container.livenessProbe, container.readinessProbe])
      expect(probe.httpGet).toEqual({ path: "/", port: "web", scheme: "HTTPS" });
  });
});

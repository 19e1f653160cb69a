// What keeps the platform there while nodes go and fill up, in the objects that the program registers.
import { beforeAll, describe, expect, it } from "vitest";
import { quantity } from "../../../api/quantities.ts";
import { platformOnly, priorities } from "../../../components/scheduling/priority-classes.ts";
import { nonEmpty } from "../../non-empty.ts";
import { type KubeObject, mock, objects, program, type Registered } from "./program.ts";

beforeAll(() => mock());

const deployments = (all: readonly Registered[]) => objects(all, "Deployment");
const partOf = ({ spec }: KubeObject) => spec.selector.matchLabels["app.kubernetes.io/name"] as string;

describe("with profile ha", () => {
  let all: Registered[];
  beforeAll(async () => {
    all = await program({ profile: "ha", workflowEngine: "argo", eventEngine: "argo" });
  });

  it("several pods have a disruption budget, and stand on several nodes and zones", () => {
    const replicated = deployments(all).filter(({ spec }) => spec.replicas > 1);
    const parts = replicated.map(partOf);
    for (const part of ["agentic-operator", "litellm", "browserless", "workflow-controller", "argo-server"])
      expect(parts).toContain(part);
    for (const deployment of nonEmpty(replicated)) {
      const part = partOf(deployment);
      const budgets = objects(all, "PodDisruptionBudget").filter(
        ({ metadata, spec }) =>
          metadata?.namespace === deployment.metadata?.namespace &&
          spec.selector.matchLabels["app.kubernetes.io/name"] === part,
      );
      expect(budgets, part).toHaveLength(1);
      expect(budgets[0]?.spec, part).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" });
      const pod = deployment.spec.template.spec;
      expect(
        pod.topologySpreadConstraints.map(({ topologyKey }: { topologyKey: string }) => topologyKey),
        part,
      ).toEqual(["topology.kubernetes.io/zone", "kubernetes.io/hostname"]);
      for (const { labelSelector } of nonEmpty<{ labelSelector: { matchLabels: object } }>(
        pod.topologySpreadConstraints,
      ))
        expect(labelSelector.matchLabels, part).toEqual(deployment.spec.selector.matchLabels);
      expect(pod.affinity.podAntiAffinity, part).toBeDefined();
      expect(deployment.spec.strategy?.type ?? "RollingUpdate", part).toBe("RollingUpdate");
    }
  });

  it("Argo's controllers elect a leader", () => {
    const controller = deployments(all).find((object) => partOf(object) === "workflow-controller");
    const names = controller?.spec.template.spec.containers[0].env.map(({ name }: { name: string }) => name);
    expect(names).toContain("LEADER_ELECTION_IDENTITY");
    expect(names).not.toContain("LEADER_ELECTION_DISABLE");
  });
});

describe.each(["minimal", "standard", "ha"])("with profile %s", (profile) => {
  let all: Registered[];
  beforeAll(async () => {
    all = await program({ profile, workflowEngine: "argo", eventEngine: "argo" });
  });

  it("a part with one pod has no budget that would only hold drains up", () => {
    const singleReplica = [...deployments(all), ...objects(all, "StatefulSet")].filter(
      ({ spec }) => spec.replicas === 1,
    );
    const budgets = objects(all, "PodDisruptionBudget").map(
      ({ spec }) => spec.selector.matchLabels["app.kubernetes.io/name"],
    );
    for (const object of nonEmpty(singleReplica)) expect(budgets).not.toContain(partOf(object));
  });

  it("databases, engine and operator come before everything else, and agents after it", () => {
    const classes = Object.fromEntries(
      [...deployments(all), ...objects(all, "StatefulSet")].map((object) => [
        partOf(object),
        object.spec.template.spec.priorityClassName,
      ]),
    );
    for (const part of ["postgres", "minio", "workflow-controller", "agentic-operator"])
      expect(classes[part], part).toBe(priorities.critical.name);
    for (const part of ["litellm", "browserless", "argo-server"])
      expect(classes[part], part).toBe(priorities.platform.name);
    for (const { spec } of nonEmpty(objects(all, "WorkflowTemplate")))
      expect(spec.podPriorityClassName).toBe(priorities.agents.name);
    const priorityClasses = Object.fromEntries(
      objects(all, "PriorityClass").map((object) => [object.metadata?.name ?? "", object]),
    );
    expect(Object.keys(priorityClasses).sort()).toEqual(
      Object.values(priorities)
        .map(({ name }) => name)
        .sort(),
    );
    expect(priorityClasses[priorities.agents.name]?.preemptionPolicy).toBe("Never");
    for (const priorityClass of nonEmpty(Object.values(priorityClasses)))
      expect(priorityClass.globalDefault ?? false).toBe(false);
  });

  it("a tenant's pods can't take a class of the platform's", () => {
    const quota = objects(all, "ResourceQuota").find(
      ({ metadata }) => metadata?.namespace === "tenant-demo" && metadata.name === "priorities",
    );
    expect(quota?.spec).toMatchObject({
      hard: { pods: "0" },
      scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: platformOnly }] },
    });
  });

  it("every pod of a namespace fits into its quota, while one part is rolled out too", () => {
    const owners = [...deployments(all), ...objects(all, "StatefulSet")];
    for (const { metadata, spec } of nonEmpty(
      objects(all, "ResourceQuota").filter(({ spec }) => spec.hard["limits.cpu"]),
    )) {
      const sameNamespace = owners.filter((object) => object.metadata?.namespace === metadata?.namespace);
      const total = (amount: "cpu" | "memory") =>
        sameNamespace.reduce((sum, object) => {
          const containers = object.spec.template.spec.containers as KubeObject[];
          const pod = containers.reduce((all, { resources }) => all + quantity(resources.limits[amount]), 0);
          return sum + pod * (object.spec.replicas + (object.spec.replicas > 1 ? 1 : 0));
        }, 0);
      expect(total("cpu"), metadata?.namespace).toBeLessThanOrEqual(quantity(spec.hard["limits.cpu"]));
      expect(total("memory"), metadata?.namespace).toBeLessThanOrEqual(quantity(spec.hard["limits.memory"]));
    }
  });
});

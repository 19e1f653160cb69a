// Fields of templates that shape the pod or the node: mirrored mounts, resources of the whole pod, claims, names to show; podGC by label.
import { describe, expect, test } from "vitest";
import { selects } from "../../../embedded/engine/core/selector.ts";
import { container, podOf } from "./pod-of.ts";
import { byNode } from "./simulated-cluster.ts";
import { argument, dag, pod, run } from "./templates.ts";

describe("a pod", () => {
  test("has an init container with the main container's mounts where it mirrors them", () => {
    const volumeMounts = [{ name: "v", mountPath: "/v" }];
    const own = { name: "w", mountPath: "/w" };
    const { spec } = podOf(
      {
        container: { ...container, volumeMounts },
        initContainers: [
          { ...container, name: "a", mirrorVolumeMounts: true, volumeMounts: [own] },
          { ...container, name: "b" },
        ],
      },
      { volumes: ["v", "w"].map((name) => ({ name, emptyDir: {} })) },
    );
    expect(spec.initContainers).toEqual([
      {
        ...container,
        name: "a",
        terminationMessagePolicy: "FallbackToLogsOnError",
        volumeMounts: [own, ...volumeMounts],
      },
      { ...container, name: "b", terminationMessagePolicy: "FallbackToLogsOnError" },
    ]);
  });

  test("has resources and claims of the template, or else of the workflow", () => {
    const ofWorkflow = {
      podResources: { limits: { cpu: "1" } },
      resourceClaims: [{ name: "gpu", resourceClaimTemplateName: "small" }],
    };
    const ofTemplate = {
      podResources: { limits: { cpu: "2" } },
      resourceClaims: [{ name: "gpu", resourceClaimTemplateName: "large" }],
    };
    const fieldsOf = ({ podResources: resources, resourceClaims }: typeof ofWorkflow) => ({
      resources,
      resourceClaims,
    });
    expect(podOf({ container }, ofWorkflow).spec).toMatchObject(fieldsOf(ofWorkflow));
    expect(podOf({ container, ...ofTemplate }, ofWorkflow).spec).toMatchObject(fieldsOf(ofTemplate));
  });
});

describe("a node", () => {
  const annotations = { "workflows.argoproj.io/display-name": "os-{{inputs.parameters.os}}" };
  const named = pod("p", { annotations, inputs: { parameters: [{ name: "os" }] } });

  test("is shown by the name in its template's annotation", () => {
    const task = { name: "a", template: "p", withItems: ["x", "y"], arguments: argument("os", "{{item}}") };
    const cluster = run([dag([task]), named]);
    expect(cluster.node("wf.a(0:x)")?.displayName).toBe("os-x");
    expect(cluster.node("wf.a(1:y)")?.displayName).toBe("os-y");
  });

  test("ends in error where that is no name", () => {
    const cluster = run([dag([{ name: "a", template: "p", arguments: argument("os", "a b") }]), named]);
    expect(cluster.node("a")).toMatchObject({
      phase: "Error",
      message: expect.stringContaining("displayName must match the regex"),
    });
  });
});

describe("podGC", () => {
  test("deletes only the pods that its label selector selects", () => {
    const metadata = { labels: { sweep: "{{inputs.parameters.sweep}}" } };
    const inputs = { parameters: [{ name: "sweep" }] };
    const tasks = [
      { name: "a", template: "p", arguments: argument("sweep", "yes") },
      { name: "b", template: "p", arguments: argument("sweep", "no") },
    ];
    const podGC = { strategy: "OnPodCompletion", labelSelector: { matchLabels: { sweep: "yes" } } };
    const cluster = run([dag(tasks), pod("p", { inputs, metadata })], byNode({}), { podGC });
    cluster.advanceTo(cluster.now + 60_000);
    expect([...cluster.pods.values()].map(({ pod }) => pod.metadata.labels?.sweep)).toEqual(["no"]);
  });

  test("selects as Kubernetes does", () => {
    const labels = { a: "1", b: "2" };
    const by = (operator: string, key: string, values?: string[]) =>
      selects({ matchExpressions: [{ key, operator, ...(values ? { values } : {}) }] }, labels);
    expect(selects({}, labels)).toBe(true);
    expect(selects({ matchLabels: { a: "1", b: "1" } }, labels)).toBe(false);
    expect([by("In", "a", ["1"]), by("In", "c", ["1"]), by("NotIn", "a", ["1"]), by("NotIn", "c", ["1"])]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect([by("Exists", "a"), by("Exists", "c"), by("DoesNotExist", "a"), by("DoesNotExist", "c")]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect(() => by("Like", "a")).toThrow('"Like" is not a valid label selector operator');
  });
});
